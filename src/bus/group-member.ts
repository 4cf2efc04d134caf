import {
  type EntryId,
  entryId,
  fieldsOf,
  isServerError,
  listOf,
  numberOf,
  type RedisLink,
  type Reply,
  type Script,
  type StreamKey,
  textOf,
} from '../redis/index.js';
import {
  DEAD_LETTER,
  REJOIN_GROUP,
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

/*
 * A group may be destroyed, and made again by another, while this consumer has entries in hand and no room
 * to read, so that no error tells it. In the new group its entries are pending nowhere: if their handler
 * failed, or this process died, nobody would handle them.
 *
 *   What always holds: whoever stands in a group as a consumer has everything in hand pending there, if it
 *   has not been acknowledged and does not lie after the cursor, which will deliver it.
 *
 * So with every command that could make Redis take this consumer into a group (a read, a sweep), and with
 * every one whose answer depends on what is pending (a sign of life, a further delivery, a move to the dead
 * letters), goes `rejoin` first, on the same connection and without waiting in between: it puts back what is
 * in hand where the consumer is missing, with its delivery count, and does nothing where it is not. What
 * was put back and is handled a second time was in flight when the group went. Until the next such command,
 * which is the next sign of life at the latest, a process that dies takes with it what it had in hand.
 */

/** What one consumer of one group asks of Redis; every answer is of this moment, nothing is kept. */
export class GroupMember {
  readonly place: GroupPlace;
  readonly #link: RedisLink;
  readonly #inHand: () => readonly PendingEntry[];

  /** @param inHand what was delivered to this consumer and is not done with, asked with each command */
  constructor(
    link: RedisLink,
    place: GroupPlace,
    inHand: () => readonly PendingEntry[] = () => [],
  ) {
    this.#link = link;
    this.place = place;
    this.#inHand = inHand;
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
    const reply = listOf(await this.#rejoined(TAKE_ENTRY, [id, maxDeliveries]));
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
      const answers = listOf(await this.#rejoined(RENEW_ENTRIES, slice));
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
    const [next, own, moved, ghosts] = listOf(await this.#rejoined(SWEEP_ENTRIES, args));
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
    const [, moved] = await Promise.all([
      this.rejoin(),
      this.#link.command('EVAL', DEAD_LETTER.lua, 2, ...args),
    ]);
    switch (moved) {
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

  /**
   * Puts back what is in hand where the group does not know this consumer.
   * @param link the connection of the command that follows
   */
  async rejoin(link: RedisLink = this.#link): Promise<void> {
    const inHand = this.#pairs();
    if (inHand.length > 0) await this.#script(REJOIN_GROUP, ['', ...inHand], link);
  }

  /**
   * Rejoins, and first makes the group where it is gone.
   * @param last the last entry that this consumer was given
   * @returns the cursor at which the group was made again, null where it was there
   */
  async remakeGroup(last: EntryId): Promise<EntryId | null> {
    const made = textOf(await this.#script(REJOIN_GROUP, [last, ...this.#pairs()]));
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

  #pairs(): readonly (string | number)[] {
    return this.#inHand().flatMap(({ id, deliveries }) => [id, deliveries]);
  }

  async #rejoined(script: Script, args: readonly (string | number)[]): Promise<Reply> {
    const [, reply] = await Promise.all([this.rejoin(), this.#script(script, args)]);
    return reply;
  }

  async #script(
    script: Script,
    args: readonly (string | number)[],
    link: RedisLink = this.#link,
  ): Promise<Reply> {
    const { stream, group, consumer } = this.place;
    return link.script(script, [stream], [group, consumer, ...args]);
  }
}

function pendingIn(reply: Reply | undefined): readonly PendingEntry[] {
  return listOf(reply).map((row) => {
    const [id, deliveries] = listOf(row);
    return { id: entryId(textOf(id)), deliveries: Number(deliveries) };
  });
}
