import {
  type EntryId,
  entryId,
  fieldsOf,
  isServerError,
  listOf,
  numberOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  textOf,
} from '../redis/index.js';
import {
  DEAD_LETTER,
  REMAKE_GROUP,
  RENEW_ENTRIES,
  SWEEP_ENTRIES,
  TAKE_ENTRY,
} from './subscriber-scripts.js';

/** Entries of this consumer wait for an operator; the runtime leaves them alone. */
const PARKED_CONSUMER = 'orion-bus-parked';
const IDS_A_SCRIPT = 500;

/** An entry that is pending, and how often it has been delivered so far. */
export interface PendingEntry {
  readonly id: EntryId;
  readonly deliveries: number;
}

export type Taken =
  | { readonly kind: 'taken'; readonly deliveries: number; readonly fields: readonly string[] }
  | { readonly kind: 'spent'; readonly deliveries: number }
  | { readonly kind: 'lost' | 'ghost' };

export interface SweptPage {
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  readonly own: readonly PendingEntry[];
  readonly moved: readonly PendingEntry[];
  readonly ghosts: readonly EntryId[];
}

export interface GroupPlace {
  readonly stream: StreamKey;
  readonly group: string;
  readonly consumer: string;
  readonly deadStream: StreamKey;
}

/** What one consumer of one group asks of Redis; every answer is of this moment, nothing is kept. */
export class GroupMember {
  readonly place: GroupPlace;
  readonly #link: RedisLink;

  constructor(link: RedisLink, place: GroupPlace) {
    this.#link = link;
    this.place = place;
  }

  /** A page of what this consumer has pending, from the oldest; nothing counts as delivered by it. */
  async ownPending(after: EntryId | null, count: number): Promise<readonly PendingEntry[]> {
    const { stream, group, consumer } = this.place;
    const from = after === null ? '-' : `(${after}`;
    const rows = await this.#link.command('XPENDING', stream, group, from, '+', count, consumer);
    return listOf(rows).map((row) => {
      const [id, , , deliveries] = listOf(row);
      return { id: entryId(textOf(id)), deliveries: numberOf(deliveries) ?? 1 };
    });
  }

  async take(id: EntryId, maxDeliveries: number): Promise<Taken> {
    const reply = listOf(await this.#script(TAKE_ENTRY, [id, maxDeliveries]));
    const deliveries = Number(reply[1]);
    switch (reply[0]) {
      case 'TAKEN':
        return { kind: 'taken', deliveries, fields: listOf(reply[2]).map(textOf) };
      case 'SPENT':
        return { kind: 'spent', deliveries };
      default:
        return { kind: reply[0] === 'GHOST' ? 'ghost' : 'lost' };
    }
  }

  /** @returns those that are pending with another consumer now */
  async renew(ids: readonly EntryId[]): Promise<readonly EntryId[]> {
    const others: EntryId[] = [];
    for (let first = 0; first < ids.length; first += IDS_A_SCRIPT) {
      const slice = ids.slice(first, first + IDS_A_SCRIPT);
      const answers = listOf(await this.#script(RENEW_ENTRIES, slice));
      others.push(...slice.filter((_id, at) => answers[at] === 0));
    }
    return others;
  }

  /** @param idle least idle times in milliseconds; of others null to leave them alone */
  async sweep(
    from: string | null,
    most: number,
    idle: { readonly ownMs: number; readonly othersMs: number | null },
  ): Promise<SweptPage> {
    const args = [from ?? '-', most, idle.ownMs, idle.othersMs ?? '', PARKED_CONSUMER];
    const [next, own, moved, ghosts] = listOf(await this.#script(SWEEP_ENTRIES, args));
    return {
      next: next === '' ? null : textOf(next),
      own: pendingIn(own),
      moved: pendingIn(moved),
      ghosts: listOf(ghosts).map((id) => entryId(textOf(id))),
    };
  }

  /**
   * @throws {Error} the server's own, also where memory is full: unlike the other scripts this one may
   * not go over the limit, as it is the one that adds
   */
  async deadLetter(
    id: EntryId,
    deliveries: number,
    reason: string,
  ): Promise<'moved' | 'lost' | 'ghost'> {
    const { stream, group, consumer, deadStream } = this.place;
    const args = [stream, deadStream, group, consumer, id, deliveries, reason];
    switch (await this.#link.command('EVAL', DEAD_LETTER.lua, 2, ...args)) {
      case 'MOVED':
        return 'moved';
      case 'GHOST':
        return 'ghost';
      default:
        return 'lost';
    }
  }

  /** @returns how many of them were pending, with whomever */
  async acknowledge(ids: readonly EntryId[]): Promise<number> {
    const { stream, group } = this.place;
    return numberOf(await this.#link.command('XACK', stream, group, ...ids)) ?? 0;
  }

  /** @returns the cursor at which the group was made again, null where it was there */
  async remakeGroup(last: EntryId, inHand: readonly PendingEntry[]): Promise<EntryId | null> {
    const pairs = inHand.flatMap(({ id, deliveries }) => [id, deliveries]);
    const made = textOf(await this.#script(REMAKE_GROUP, [last, ...pairs]));
    return made === '' ? null : entryId(made);
  }

  /** The id of the last entry that the group has delivered to anybody, null where there is no group. */
  async cursor(): Promise<EntryId | null> {
    const { stream, group } = this.place;
    try {
      for (const each of listOf(await this.#link.command('XINFO', 'GROUPS', stream))) {
        const found = fieldsOf(each);
        if (found.get('name') === group) return entryId(textOf(found.get('last-delivered-id')));
      }
      return null;
    } catch (error) {
      if (isServerError(error) && /no such key/i.test(error.message)) return null;
      throw error;
    }
  }

  /** Makes the group, and the stream where it is missing; one that another has just made stays as it is. */
  async makeGroup(start: string): Promise<void> {
    const { stream, group } = this.place;
    try {
      await this.#link.command('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM');
    } catch (error) {
      if (!isServerError(error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
  }

  async #script(script: typeof TAKE_ENTRY, args: readonly (string | number)[]): Promise<Reply> {
    const { stream, group, consumer } = this.place;
    return this.#link.script(script, [stream], [group, consumer, ...args]);
  }
}

function pendingIn(reply: Reply | undefined): readonly PendingEntry[] {
  return listOf(reply).map((row) => {
    const [id, deliveries] = listOf(row);
    return { id: entryId(textOf(id)), deliveries: Number(deliveries) };
  });
}
