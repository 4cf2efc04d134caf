import { compareIds, type EntryId } from '../redis/index.js';
import type { PendingEntry } from './group-member.js';

/*
 * What one consumer owes and how much more it may take. An entry is *held* from the read that brought
 * it to its acknowledgement. Credit is the most that may be held.
 */

interface Held {
  readonly since: number;
  readonly deliveries: number;
  /** Its acknowledgement is under way. */
  settling: boolean;
}

export class HeldEntries {
  readonly #credit: number;
  readonly #held = new Map<EntryId, Held>();
  #last: EntryId;

  /** @param cursor where the group stood at the beginning */
  constructor(credit: number, cursor: EntryId) {
    this.#credit = credit;
    this.#last = cursor;
  }

  get free(): number {
    return Math.max(0, this.#credit - this.#held.size);
  }

  get ids(): readonly EntryId[] {
    return [...this.#held.keys()];
  }

  /** What nobody has acknowledged. */
  get unsettled(): readonly PendingEntry[] {
    return [...this.#held].flatMap(([id, { deliveries, settling }]) =>
      settling ? [] : [{ id, deliveries }],
    );
  }

  get size(): number {
    return this.#held.size;
  }

  /** When the entry was read that is held longest, null where none is. */
  get oldestSince(): number | null {
    let oldest: number | null = null;
    for (const { since } of this.#held.values()) oldest = Math.min(oldest ?? since, since);
    return oldest;
  }

  /** The greatest id that was read, or where the group stood before. */
  get last(): EntryId {
    return this.#last;
  }

  /** The group was made anew at this place. */
  startAt(cursor: EntryId): void {
    this.#last = cursor;
  }

  has(id: EntryId): boolean {
    return this.#held.has(id);
  }

  /** The id was read, whether or not it is going to be held. */
  saw(id: EntryId): void {
    if (compareIds(id, this.#last) > 0) this.#last = id;
  }

  take(id: EntryId, deliveries: number, now: number): void {
    this.#held.set(id, { since: now, deliveries, settling: false });
  }

  /** @param settling whether an acknowledgement is under way, or has failed */
  settle(id: EntryId, settling: boolean): void {
    const held = this.#held.get(id);
    if (held !== undefined) held.settling = settling;
  }

  /** @returns whether it was held */
  release(id: EntryId): boolean {
    return this.#held.delete(id);
  }
}
