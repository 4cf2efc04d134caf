import type { Clock } from '../problems/index.js';
import {
  type ConsumerName,
  type EntryId,
  entryId,
  type GroupName,
  listOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  textOf,
} from '../redis/index.js';
import { SWEEP_ENTRIES, TAKE_ENTRY } from './subscriber-scripts.js';

/** One entry as Redis delivered it, not judged yet. */
export interface FoundEntry {
  readonly id: EntryId;
  /** With this one; of a spent one, those that it had. */
  readonly deliveries: number;
  /** The text of its field `data`, null where it has none. */
  readonly data: string | null;
  /** Delivered so often that it was not delivered again. */
  readonly spent: boolean;
}

export interface TakenEntries {
  readonly found: readonly FoundEntry[];
  /** Were pending while the entry itself is gone: trimmed before it was done. Acknowledged now. */
  readonly ghosts: readonly EntryId[];
}

/** Entries that are pending with this consumer and not delivered again yet. */
export interface PendingPage {
  /** Where to go on, null at the end. */
  readonly next: string | null;
  readonly ids: readonly EntryId[];
  readonly ghosts: readonly EntryId[];
}

export interface EntryReaderOptions {
  readonly link: RedisLink;
  readonly stream: StreamKey;
  readonly group: GroupName;
  readonly consumer: ConsumerName;
  /** After this time without a sign of life an entry is anybody's, in milliseconds. */
  readonly minIdleMs: number;
  readonly maxDeliveries: number;
  readonly clock: Clock;
}

export const FIRST_PAGE = '-';

/** What a handoff has parked is for an operator; nobody takes it by himself. */
const PARKED = ['orion-bus-parked'];

/** One connection that reads for one consumer; a read that waits occupies it. */
export class EntryReader {
  readonly #options: EntryReaderOptions;
  readonly #own: RedisLink;
  readonly #clientId: string;
  /** Redis's clock minus this host's, in milliseconds, when the connection was made. */
  readonly offsetMs: number;

  private constructor(
    options: EntryReaderOptions,
    own: RedisLink,
    clientId: string,
    offsetMs: number,
  ) {
    this.#options = options;
    this.#own = own;
    this.#clientId = clientId;
    this.offsetMs = offsetMs;
  }

  static async open(options: EntryReaderOptions): Promise<EntryReader> {
    const { link, group, consumer, clock } = options;
    const name = `orion-bus:${group}:${consumer}`.replaceAll(/[^!-~]/g, '_');
    const own = await link.duplicate(name);
    try {
      const [clientId, time] = await own.pipeline([['client', 'id'], ['time']]);
      const [seconds, micros] = listOf(time).map(Number);
      const redisNow = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
      return new EntryReader(options, own, textOf(clientId), redisNow - clock.now());
    } catch (error) {
      own.close();
      throw error;
    }
  }

  /** Entries that nobody was given, waiting for the first for up to `blockMs`. */
  async unread(most: number, blockMs: number): Promise<readonly FoundEntry[]> {
    const { stream, group, consumer } = this.#options;
    const command = ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', most] as const;
    const reply = await this.#own.command(...command, 'BLOCK', blockMs, 'STREAMS', stream, '>');
    return listOf(listOf(listOf(reply)[0])[1]).map((entry) => {
      const [id, fields] = listOf(entry);
      return { id: entryId(textOf(id)), deliveries: 1, data: dataOf(fields), spent: false };
    });
  }

  /**
   * What is pending with this consumer, or should be.
   * @param which `own`: all that it has; `stale`: also what others show no sign of life for, which is
   * theirs no more after this
   * @param from `FIRST_PAGE`, or where the last page ended
   * @param most how many to take from others
   */
  async pending(which: 'own' | 'stale', from: string, most: number): Promise<PendingPage> {
    const { stream, group, consumer, minIdleMs } = this.#options;
    const idle = which === 'own' ? [0, ''] : [minIdleMs, minIdleMs];
    const [next, own, moved, ghosts] = listOf(
      await this.#own.script(
        SWEEP_ENTRIES,
        [stream],
        [group, consumer, from, most, ...idle, ...PARKED],
      ),
    );
    const rows = [...listOf(own), ...listOf(moved)];
    const end = textOf(next);
    return {
      next: end === '' ? null : end,
      ids: rows.map((row) => entryId(textOf(listOf(row)[0]))),
      ghosts: listOf(ghosts).map((id) => entryId(textOf(id))),
    };
  }

  /** Has pending entries of this consumer delivered again; those it has lost meanwhile are left out. */
  async take(ids: readonly EntryId[]): Promise<TakenEntries> {
    const { stream, group, consumer, maxDeliveries } = this.#options;
    const found: FoundEntry[] = [];
    const ghosts: EntryId[] = [];
    await Promise.all(
      ids.map(async (id) => {
        const reply = await this.#own.script(
          TAKE_ENTRY,
          [stream],
          [group, consumer, id, maxDeliveries],
        );
        const [what, deliveries, fields] = listOf(reply);
        const entry = { id, deliveries: Number(deliveries), data: dataOf(fields) };
        if (what === 'TAKEN') found.push({ ...entry, spent: false });
        if (what === 'SPENT') found.push({ ...entry, spent: true });
        if (what === 'GHOST') ghosts.push(id);
      }),
    );
    return { found, ghosts };
  }

  /** Ends a read that waits, as if its time were over: nothing can be delivered to it afterwards. */
  async unblock(): Promise<void> {
    await this.#options.link.command('CLIENT', 'UNBLOCK', this.#clientId);
  }

  close(): void {
    this.#own.close();
  }
}

function dataOf(reply: Reply | undefined): string | null {
  const fields = listOf(reply);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at] === 'data') return textOf(fields[at + 1]);
  }
  return null;
}
