import { compareIds, type EntryId } from '../redis/index.js';
import type { PendingEntry } from './group-member.js';

/*
 * What one consumer has in hand.
 *
 *   queued    read or found, and to be begun when there is room
 *   running   with its handler, or on the way there
 *   waiting   its handler failed, or Redis could not be asked; is begun again when it is due
 *   settling  done with: its acknowledgement or its move to the dead letters is under way
 *
 * An entry leaves the hand when Redis has confirmed that it is settled, when it turns out to be another's,
 * or when the subscription closes.
 */

export type Stage = 'queued' | 'running' | 'waiting' | 'settling';

export interface Held {
  readonly id: EntryId;
  /** Read anew, or found pending. */
  readonly origin: 'read' | 'found';
  stage: Stage;
  /** What stands in the entry; null for one that has to be taken, and so counted, before it is begun. */
  fields: readonly string[] | null;
  deliveries: number;
  /** When it was last seen to be this consumer's. */
  seenAt: number;
  /** When one that waits is begun again. */
  dueAt: number;
  /** How often it has waited. */
  waits: number;
  /** Why it has to go to the dead letters, once that is certain. */
  verdict: string | null;
  /** The signal of its handler. */
  readonly abort: AbortController;
  /** It is another consumer's now: whatever its handler still does, nothing is settled. */
  lost: boolean;
}

export class InHand {
  readonly #all = new Map<EntryId, Held>();
  readonly #in: Readonly<Record<Stage, Set<Held>>> = {
    queued: new Set(),
    running: new Set(),
    waiting: new Set(),
    settling: new Set(),
  };
  readonly #count = { read: 0, found: 0 };
  #last: EntryId;

  /** @param cursor the group's, at the beginning */
  constructor(cursor: EntryId) {
    this.#last = cursor;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The greatest id that was ever delivered to this consumer, or the cursor at the beginning. */
  get last(): EntryId {
    return this.#last;
  }

  /** How many count against the credit of their origin: all but those that wait. */
  busy(origin: Held['origin']): number {
    return this.#count[origin];
  }

  in(stage: Stage): ReadonlySet<Held> {
    return this.#in[stage];
  }

  get all(): IterableIterator<Held> {
    return this.#all.values();
  }

  /** Everything that is this consumer's, oldest first. */
  get owned(): readonly Held[] {
    const owned = [...this.#all.values()].filter(({ lost }) => !lost);
    return owned.sort((a, b) => compareIds(a.id, b.id));
  }

  /** Of these, what its handler is not done with: what was handled needs no group any more. */
  get unfinished(): readonly Held[] {
    return this.owned.filter(({ stage, verdict }) => stage !== 'settling' || verdict !== null);
  }

  /** Takes an entry in hand; one that is there already stays as it is. */
  add(
    { id, deliveries }: PendingEntry,
    origin: Held['origin'],
    fields: readonly string[] | null,
    now: number,
  ): void {
    if (compareIds(id, this.#last) > 0) this.#last = id;
    if (this.#all.has(id)) return;
    const held: Held = {
      ...{ id, origin, stage: 'queued', fields, deliveries, seenAt: now, dueAt: 0, waits: 0 },
      ...{ verdict: null, abort: new AbortController(), lost: false },
    };
    this.#all.set(id, held);
    this.#in.queued.add(held);
    this.#count[origin] += 1;
  }

  get(id: EntryId): Held | undefined {
    return this.#all.get(id);
  }

  has(id: EntryId): boolean {
    return this.#all.has(id);
  }

  move(held: Held, stage: Stage): void {
    if (held.stage === 'waiting') this.#count[held.origin] += 1;
    if (stage === 'waiting') this.#count[held.origin] -= 1;
    this.#in[held.stage].delete(held);
    held.stage = stage;
    this.#in[stage].add(held);
  }

  drop(held: Held): void {
    if (!this.#all.delete(held.id)) return;
    this.#in[held.stage].delete(held);
    if (held.stage !== 'waiting') this.#count[held.origin] -= 1;
  }
}
