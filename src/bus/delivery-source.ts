import type { Contracts } from '../contracts/index.js';
import { type Json, messageOf, OrionError } from '../problems/index.js';
import { type EntryId, entryId, listOf, millisecondsOf, textOf } from '../redis/index.js';
import { backoff } from './backoff.js';
import { deadStreamOf } from './dead-letters.js';
import {
  EntryReader,
  type EntryReaderOptions,
  FIRST_PAGE,
  type FoundEntry,
} from './entry-reader.js';
import { type GroupStart, joinGroup } from './group-start.js';
import { HeldEntries } from './held-entries.js';
import { troubleOf } from './read-trouble.js';
import { DEAD_LETTER, REMAKE_GROUP, RENEW_ENTRIES } from './subscriber-scripts.js';

/*
 * Where the entries of one consumer come from. It reads only while somebody waits for the next one
 * and there is credit for it, so a slow consumer slows the reading and nothing piles up.
 *
 * *connecting*: a connection of its own is opened, since a read that waits occupies it. Whatever went
 *   wrong leads back here, with growing and jittered pauses: after a lost answer nobody knows what was
 *   delivered, and only the pending list can tell.
 * *own*: what is pending with this consumer already, except what it holds, is delivered before
 *   anything new. Entered with each connection.
 * *new*: entries that nobody was given, in waiting reads of bounded length. Between two of them, about
 *   twice in a minimum idle time, a sweep takes what dead consumers left, a page at a time.
 * *stopped*: reads no more; what was handed out stays owned and can be acknowledged.
 * *closed*: the connection is gone. What was not acknowledged stays pending with this consumer.
 *
 * A group that is gone is made again, on the way to *connecting*, where this consumer was; what it
 * holds is put back into the pending list. A stream that is a new one is owed from its beginning.
 * From the read to the acknowledgement a heartbeat keeps an entry owned, in every state but closed.
 * An entry delivered too often, or that is no message of its contract, goes to the dead letters before
 * anybody sees it.
 */

export interface Delivery {
  readonly id: EntryId;
  /** The message as it stands in the entry. */
  readonly text: string;
  readonly message: Json;
  /** 1 for the first time. */
  readonly deliveries: number;
  /** When it was published, in milliseconds of this host's clock: the offset to Redis's is taken out. */
  readonly publishedAt: number;
}

export interface DeliverySourceOptions extends EntryReaderOptions {
  readonly contracts: Contracts;
  readonly type: string;
  /** The most unacknowledged entries. */
  readonly credit: number;
  /** Where a group begins that does not exist; null refuses such a group. */
  readonly start: GroupStart | null;
  /** Whether Redis is a cluster, where a dead letter must lie in the slot of its stream. */
  readonly clustered: boolean;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onProblem: (problem: DeliveryProblem) => void;
}

export type DeliveryProblem =
  | { readonly kind: 'lost'; readonly problem: string }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'regrouped'; readonly cursor: string }
  | DeadLetterProblem
  | { readonly kind: 'ownership-lost'; readonly ids: readonly EntryId[] }
  | { readonly kind: 'ghosts'; readonly ids: readonly EntryId[] };

export interface DeadLetterProblem {
  readonly kind: 'dead-letter';
  readonly id: EntryId;
  readonly deliveries: number;
  readonly reason: string;
  /** Whether it is no message of its contract, as opposed to one delivered too often. */
  readonly contract: boolean;
}

export interface DeliveryFigures {
  readonly credit: number;
  /** Handed out and not acknowledged. */
  readonly unacknowledged: number;
  /** How long the oldest of these has been held, null where there is none. */
  readonly oldestMs: number | null;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly connected: boolean;
}

export interface DeliverySource {
  /**
   * The next entry, as soon as there is one and credit for it. For one caller at a time.
   * @returns null when stopped, closed or told to give up waiting
   * @throws {OrionError} `contract.unknown` when the contract was taken away meanwhile
   */
  next(signal: AbortSignal): Promise<Delivery | null>;
  holds(id: EntryId): boolean;
  /** @returns how many were pending */
  acknowledge(ids: readonly EntryId[]): Promise<number>;
  figures(): DeliveryFigures;
  /** Reads no more, and waits until Redis delivers no more. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Well below the time within which a link wants its answer. */
const BLOCK_MS = 2_000;
const MOST_AT_ONCE = 64;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
const UNBLOCK_WITHIN_MS = 1_000;

/**
 * Joins a group as one of its consumers.
 * @throws {OrionError} `group.missing`, `redis.unreachable`, `redis.refused`
 */
export async function openDeliveries(options: DeliverySourceOptions): Promise<DeliverySource> {
  const { link, stream, group, start } = options;
  const cursor = await joinGroup(link, stream, group, start);
  return new Deliveries(options, await EntryReader.open(options), cursor);
}

class Deliveries implements DeliverySource {
  readonly #options: DeliverySourceOptions;
  readonly #held: HeldEntries;
  readonly #stopped = new AbortController();
  readonly #closed = new AbortController();
  readonly #beating: Promise<void>;
  #reader: EntryReader | null;
  /** Where in its own pending list it is; null in state *new*. */
  #own: string | null = FIRST_PAGE;
  /** Pending here, and to be delivered again as soon as there is credit. */
  #again: EntryId[] = [];
  #sweep = FIRST_PAGE;
  #sweepAt: number;
  #buffer: Delivery[] = [];
  #filling: Promise<void> | null = null;
  #failures = 0;
  #wake: () => void = () => undefined;
  #delivered = 0;
  #acknowledged = 0;

  constructor(options: DeliverySourceOptions, reader: EntryReader, cursor: EntryId) {
    this.#options = options;
    this.#reader = reader;
    this.#held = new HeldEntries(options.credit, cursor);
    this.#sweepAt = this.#nextSweep();
    this.#beating = this.#beat();
  }

  async next(signal: AbortSignal): Promise<Delivery | null> {
    while (!signal.aborted && !this.#stopped.signal.aborted) {
      const delivery = this.#buffer.shift();
      if (delivery !== undefined) {
        this.#held.handOut(delivery.id);
        this.#delivered += 1;
        return delivery;
      }
      await orAborted(this.#held.free === 0 ? this.#credited() : this.#filled(), signal);
    }
    return null;
  }

  holds(id: EntryId): boolean {
    return this.#held.has(id);
  }

  async acknowledge(ids: readonly EntryId[]): Promise<number> {
    const { link, stream, group } = this.#options;
    if (ids.length === 0) return 0;
    const count = Number(await link.command('XACK', stream, group, ...ids));
    for (const id of ids) if (this.#held.release(id)) this.#acknowledged += 1;
    this.#wake();
    return count;
  }

  figures(): DeliveryFigures {
    const { clock, credit } = this.#options;
    const oldest = this.#held.oldestSince;
    return {
      credit,
      unacknowledged: this.#held.handedOut,
      oldestMs: oldest === null ? null : Math.max(0, clock.now() - oldest),
      delivered: this.#delivered,
      acknowledged: this.#acknowledged,
      connected: this.#reader !== null,
    };
  }

  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#wake();
    const filling = this.#filling;
    if (filling !== null) {
      // Cutting a read that waits could have Redis deliver to a dead connection a moment later.
      await this.#reader?.unblock().catch(() => undefined);
      const over = new AbortController();
      const late = this.#options.clock.sleep(UNBLOCK_WITHIN_MS, over.signal);
      await Promise.race([filling.catch(() => undefined), late]);
      over.abort();
    }
    // Nobody has seen these; they stay pending and are no longer kept from others.
    for (const { id } of this.#buffer.splice(0)) this.#held.release(id);
  }

  async close(): Promise<void> {
    await this.stop();
    this.#closed.abort();
    this.#reader?.close();
    this.#reader = null;
    await this.#beating;
  }

  #credited(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** One read is under way at a time, also when nobody waits for it any more. */
  #filled(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #fill(): Promise<void> {
    try {
      const reader = this.#reader ?? (await this.#reconnect());
      if (reader === null) return;
      const found = await this.#read(reader);
      if (this.#failures > 0) this.#options.onProblem({ kind: 'resumed' });
      this.#failures = 0;
      for (const entry of found) await this.#judge(entry, reader.offsetMs);
    } catch (error) {
      if (error instanceof OrionError && error.code === 'contract.unknown') throw error;
      if (!this.#stopped.signal.aborted) await this.#recover(error);
    }
  }

  async #reconnect(): Promise<EntryReader | null> {
    const reader = await EntryReader.open(this.#options);
    if (this.#stopped.signal.aborted) {
      reader.close();
      return null;
    }
    this.#own = FIRST_PAGE;
    this.#again = [];
    this.#reader = reader;
    return reader;
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, random, onProblem } = this.#options;
    this.#failures += 1;
    if (this.#failures === 1) onProblem({ kind: 'lost', problem: messageOf(error) });
    this.#reader?.close();
    this.#reader = null;
    if (troubleOf(error) === 'group-gone') await this.#regroup().catch(() => undefined);
    const pause = backoff(this.#failures - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, random());
    await clock.sleep(pause, this.#stopped.signal);
  }

  async #regroup(): Promise<void> {
    const { link, stream, group, consumer, onProblem } = this.#options;
    const { last, idsAndDeliveries } = this.#held;
    const args = [group, consumer, last, ...idsAndDeliveries];
    const made = textOf(listOf(await link.script(REMAKE_GROUP, [stream], args))[0]);
    if (made === '') return;
    this.#held.startAt(entryId(made));
    onProblem({ kind: 'regrouped', cursor: made });
  }

  async #read(reader: EntryReader): Promise<readonly FoundEntry[]> {
    const { clock } = this.#options;
    const room = Math.min(this.#held.free, MOST_AT_ONCE);
    if (this.#again.length === 0 && this.#own !== null) {
      const page = await reader.pending('own', this.#own, room);
      this.#own = page.next;
      this.#again = page.ids.filter((id) => !this.#held.has(id));
    }
    let wait = this.#sweepAt - clock.now();
    if (this.#again.length === 0 && wait <= 0) {
      const page = await reader.pending('stale', this.#sweep, room);
      this.#sweep = page.next ?? FIRST_PAGE;
      if (page.next === null) this.#sweepAt = this.#nextSweep();
      this.#again = page.ids.filter((id) => !this.#held.has(id));
      this.#note(page.ghosts);
      // A sweep that is not over goes on after a look at what is new.
      wait = page.next === null ? BLOCK_MS : 1;
    }
    if (this.#again.length > 0) {
      const { found, ghosts } = await reader.take(this.#again.slice(0, room));
      this.#again.splice(0, room);
      this.#note(ghosts);
      return found;
    }
    if (this.#own !== null || this.#stopped.signal.aborted) return [];
    const found = await reader.unread(room, Math.max(1, Math.min(BLOCK_MS, Math.ceil(wait))));
    for (const { id } of found) this.#held.saw(id);
    // Held already: the group was set back behind them, or made anew.
    return found.filter(({ id }) => !this.#held.has(id));
  }

  #note(ghosts: readonly EntryId[]): void {
    if (ghosts.length > 0) this.#options.onProblem({ kind: 'ghosts', ids: ghosts });
  }

  async #judge({ id, deliveries, data, spent }: FoundEntry, offsetMs: number): Promise<void> {
    const { contracts, type, clock } = this.#options;
    if (contracts.get(type) === null) throw contractGone(type);
    const bury = (reason: string, contract: boolean): Promise<void> =>
      this.#bury({ kind: 'dead-letter', id, deliveries, reason, contract });
    if (spent) return bury(`delivered ${deliveries} times and never acknowledged`, false);
    if (data === null) return bury('it has no field `data`', true);
    const parsed = contracts.parse(type, data);
    if (!parsed.valid) {
      // What was found there is left out: a reason is logged, and a payload must not be.
      const { pointer = '', expected = 'a message of its contract' } = parsed.violations[0] ?? {};
      return bury(`${pointer === '' ? 'message' : pointer}: expected ${expected}`, true);
    }
    this.#held.take(id, deliveries, clock.now());
    const publishedAt = millisecondsOf(id) - offsetMs;
    this.#buffer.push({ id, text: data, message: parsed.message, deliveries, publishedAt });
  }

  async #bury(letter: DeadLetterProblem): Promise<void> {
    const { link, stream, group, consumer, clustered, onProblem } = this.#options;
    const { id, deliveries, reason } = letter;
    const keys = [stream, deadStreamOf(stream, clustered)];
    const done = await link.script(DEAD_LETTER, keys, [group, consumer, id, deliveries, reason]);
    if (done === 'MOVED') onProblem(letter);
  }

  /** The heartbeat: runs until closed, and says which entries are no longer this consumer's. */
  async #beat(): Promise<void> {
    const { clock, link, stream, group, consumer, minIdleMs, onProblem } = this.#options;
    const closed = this.#closed.signal;
    for (;;) {
      await clock.sleep(minIdleMs / 3, closed);
      if (closed.aborted) return;
      const held = this.#held.ids;
      if (held.length === 0) continue;
      const reply = await link
        .script(RENEW_ENTRIES, [stream], [group, consumer, ...held])
        // The reading says what is wrong with Redis or the group; the next beat tries again.
        .catch(() => null);
      const lost = new Set(held.filter((_id, at) => (listOf(reply)[at] ?? 1) !== 1));
      // What was acknowledged in the meantime is not lost.
      const ids = [...lost].filter((id) => this.#held.release(id));
      this.#buffer = this.#buffer.filter(({ id }) => !lost.has(id));
      if (ids.length > 0) onProblem({ kind: 'ownership-lost', ids });
      this.#wake();
    }
  }

  #nextSweep(): number {
    const { clock, minIdleMs, random } = this.#options;
    return clock.now() + (minIdleMs / 2) * (0.75 + random() / 2);
  }
}

function contractGone(type: string): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'contract.unknown',
    message: `The contract ${type} was taken away.`,
  });
}

/** Waits for the work or for the signal, whichever comes first. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve();
    signal.addEventListener('abort', abort, { once: true });
    const done = (): void => signal.removeEventListener('abort', abort);
    work.then(
      () => {
        done();
        resolve();
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}
