import { OrionError } from '../problems/index.js';
import { type EntryId, isServerError, millisecondsOf } from '../redis/index.js';
import { Attention } from './attention.js';
import { backoff } from './backoff.js';
import type {
  DeadLetterProblem,
  Delivery,
  DeliveryFigures,
  DeliverySource,
  DeliverySourceOptions,
} from './delivery.js';
import { openReader, type Reader } from './delivery-reader.js';
import { GroupMember, type GroupPlace, type PendingEntry } from './group-member.js';
import { HeldEntries } from './held-entries.js';
import { judgeEntry } from './judge-entry.js';
import { troubleOf } from './read-trouble.js';
import {
  lossText,
  type ReadingConnection,
  type ReadingConnectionOptions,
  SLACK_MS,
} from './reading-connection.js';

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
 * *stopped*: reads no more. What was read is still handed out, stays owned and can be acknowledged.
 * *closed*: the connection is gone. What was not acknowledged stays pending with this consumer.
 *
 * A group that is gone is made again, on the way to *connecting*, where this consumer was, and the later
 * the longer it had not been reading. What it holds is put back into the pending list, also where another
 * made the group and this one had no credit to notice (`GroupMember`). A stream that is a new one is owed
 * from its beginning.
 * From the read to the acknowledgement a heartbeat keeps an entry owned, in every state but closed.
 * An entry delivered too often, or that is no message of its contract, goes to the dead letters before
 * anybody sees it.
 */

const MOST_AT_ONCE = 64;
/** In a stream that never pauses, reading at once would cost a round trip for each message. */
const READ_EVERY_MS = 3;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Until a person has given a permission or a password, asking often helps nobody. */
const LONGEST_REFUSED_PAUSE_MS = 30_000;
const LAST_READ_MS = 1_000;
/** Well below the silence after which a connection is taken for the remains of a host that is gone. */
const SHOW_LIFE_MS = 4_000;

/** An entry to be judged; `fields` are null where it was delivered so often that it was not again. */
interface FoundEntry extends PendingEntry {
  readonly fields: readonly string[] | null;
}

export class Deliveries implements DeliverySource {
  readonly #options: DeliverySourceOptions;
  readonly #member: GroupMember;
  readonly #how: ReadingConnectionOptions;
  readonly #held: HeldEntries;
  readonly #stopped = new AbortController();
  readonly #closed = new AbortController();
  readonly #beating: Promise<void>;
  readonly #attention: Attention;
  #reader: Reader | null;
  /** What is left to be looked through of its own pending list; null in state *new*. */
  #own: { readonly after: EntryId | null } | null = { after: null };
  /** Pending here, and to be delivered again as soon as there is credit. */
  #again: PendingEntry[] = [];
  /** Delivered, and not judged yet: not held, but nobody else's either. */
  #found: readonly FoundEntry[] = [];
  #sweep: string | null = null;
  #sweepAt: number;
  #readAt = 0;
  #buffer: Delivery[] = [];
  #filling: Promise<void> | null = null;
  #failures = 0;
  #wake: () => void = () => undefined;
  #delivered = 0;
  #acknowledged = 0;

  constructor(
    options: DeliverySourceOptions,
    place: GroupPlace,
    how: ReadingConnectionOptions,
    reader: Reader,
    cursor: EntryId,
  ) {
    this.#options = options;
    this.#member = new GroupMember(options.link, place, () => this.#inHand());
    this.#how = how;
    this.#reader = reader;
    this.#held = new HeldEntries(options.credit, cursor);
    this.#attention = new Attention(options.clock);
    this.#sweepAt = this.#nextSweep();
    this.#beating = this.#beat();
  }

  async next(signal: AbortSignal): Promise<Delivery | null> {
    while (!signal.aborted) {
      const delivery = this.ready();
      if (delivery !== null) return delivery;
      const stopped = this.#stopped.signal.aborted;
      if (stopped && this.#filling === null) return null;
      const readable = stopped || this.#held.free > 0;
      await orAborted(readable ? this.#filled() : this.#credited(), signal);
    }
    return null;
  }

  ready(): Delivery | null {
    const delivery = this.#buffer.shift() ?? null;
    if (delivery !== null) this.#delivered += 1;
    return delivery;
  }

  holds(id: EntryId): boolean {
    return this.#held.has(id);
  }

  async acknowledge(ids: readonly EntryId[]): Promise<number> {
    if (ids.length === 0) return 0;
    for (const id of ids) this.#held.settle(id, true);
    const count = await this.#member.acknowledge(ids).catch((error: unknown) => {
      for (const id of ids) this.#held.settle(id, false);
      throw error;
    });
    for (const id of ids) if (this.#held.release(id)) this.#acknowledged += 1;
    this.#wake();
    return count;
  }

  figures(): DeliveryFigures {
    const { clock, credit } = this.#options;
    const oldest = this.#held.oldestSince;
    return {
      credit,
      unacknowledged: this.#held.size,
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
    const over = new AbortController();
    const late = this.#options.clock.sleep(LAST_READ_MS, over.signal);
    await Promise.race([this.#filling?.catch(() => undefined), late]);
    over.abort();
  }

  async close(): Promise<void> {
    await this.stop();
    this.#closed.abort();
    const id = this.#reader?.connection.id;
    this.#disconnect();
    // The server is told as well: until it knows, the name would count as taken.
    if (id !== undefined) {
      await this.#options.link.command('CLIENT', 'KILL', 'ID', id).catch(() => undefined);
    }
    await this.#beating;
  }

  #disconnect(): void {
    this.#reader?.connection.close();
    this.#reader = null;
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
      this.#found = await this.#read(reader.connection);
      if (this.#failures > 0) this.#options.onProblem({ kind: 'resumed' });
      this.#failures = 0;
      for (const entry of this.#found) {
        await this.#judge(entry, reader.offsetMs);
        this.#found = this.#found.slice(1);
      }
    } catch (error) {
      if (error instanceof OrionError && error.code === 'contract.unknown') throw error;
      if (!this.#stopped.signal.aborted) await this.#recover(error);
    }
  }

  async #reconnect(): Promise<Reader | null> {
    const reader = await openReader(this.#how);
    if (this.#stopped.signal.aborted) {
      reader.connection.close();
      return null;
    }
    this.#own = { after: null };
    this.#again = [];
    this.#found = [];
    this.#reader = reader;
    return reader;
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, random, onProblem } = this.#options;
    const trouble = troubleOf(error);
    this.#failures += 1;
    if (this.#failures === 1) onProblem({ kind: 'lost', problem: lossText(error) });
    this.#disconnect();
    if (trouble === 'group-gone') await this.#regroup().catch(() => undefined);
    const longest = trouble === 'refused' ? LONGEST_REFUSED_PAUSE_MS : LONGEST_PAUSE_MS;
    const pause = backoff(this.#failures - 1, FIRST_PAUSE_MS, longest, random());
    await clock.sleep(pause, this.#stopped.signal);
  }

  async #regroup(): Promise<void> {
    await this.#options.clock.sleep(this.#attention.remakePauseMs, this.#stopped.signal);
    const made = await this.#member.remakeGroup(this.#held.last);
    if (made === null) return;
    this.#held.startAt(made);
    this.#options.onProblem({ kind: 'regrouped', cursor: made });
  }

  #inHand(): readonly PendingEntry[] {
    return [...this.#held.unsettled, ...this.#found, ...this.#again];
  }

  async #read(connection: ReadingConnection): Promise<readonly FoundEntry[]> {
    const room = Math.min(this.#held.free, MOST_AT_ONCE);
    if (this.#again.length === 0) await this.#lookForPending(room);
    if (this.#again.length > 0) {
      const found = await this.#take(this.#again.slice(0, room).map(({ id }) => id));
      this.#again.splice(0, room);
      return found;
    }
    if (this.#own !== null) return [];
    const { clock } = this.#options;
    const early = this.#readAt + READ_EVERY_MS - clock.now();
    if (early > 0) await clock.sleep(early, this.#stopped.signal);
    this.#readAt = clock.now();
    this.#attention.asks();
    const found = await connection.read(this.#member, room, this.#stopped.signal);
    this.#attention.heard();
    for (const { id } of found) this.#held.saw(id);
    // Held already: the group was set back behind them, or made anew.
    const unseen = found.filter(({ id }) => !this.#held.has(id));
    return unseen.map((entry) => ({ ...entry, deliveries: 1 }));
  }

  /** One page of its own, or of a sweep that is due; between two pages of a sweep comes what is new. */
  async #lookForPending(room: number): Promise<void> {
    const { clock, minIdleMs } = this.#options;
    this.#attention.asks();
    const unheld = (entries: readonly PendingEntry[]): PendingEntry[] =>
      entries.filter(({ id }) => !this.#held.has(id));
    if (this.#own !== null) {
      const page = await this.#member.ownPending(this.#own.after, MOST_AT_ONCE);
      this.#own = page.length < MOST_AT_ONCE ? null : { after: page.at(-1)?.id ?? null };
      this.#again = unheld(page);
    } else if (clock.now() >= this.#sweepAt) {
      // An answer that takes longer than the deadline of a read is given up, so its entries are nobody's.
      const ownMs = Math.max(minIdleMs / 3, this.#how.blockMs + 2 * SLACK_MS);
      const page = await this.#member.sweep(this.#sweep, room, { ownMs, othersMs: minIdleMs });
      this.#sweep = page.next;
      if (page.next === null) this.#sweepAt = this.#nextSweep();
      this.#note(page.ghosts);
      this.#again = unheld([...page.own, ...page.moved]);
    }
  }

  /** Has pending entries delivered again; those that this consumer has lost meanwhile are left out. */
  async #take(ids: readonly EntryId[]): Promise<readonly FoundEntry[]> {
    const { maxDeliveries } = this.#options;
    const taken = await Promise.all(ids.map((id) => this.#member.take(id, maxDeliveries)));
    this.#note(ids.filter((_id, at) => taken[at]?.kind === 'ghost'));
    return ids.flatMap((id, at): FoundEntry[] => {
      const each = taken[at];
      if (each?.kind === 'taken') return [{ id, ...each }];
      return each?.kind === 'spent' ? [{ id, deliveries: each.deliveries, fields: null }] : [];
    });
  }

  #note(ghosts: readonly EntryId[]): void {
    if (ghosts.length > 0) this.#options.onProblem({ kind: 'ghosts', ids: ghosts });
  }

  async #judge({ id, deliveries, fields }: FoundEntry, offsetMs: number): Promise<void> {
    const { contracts, type, clock } = this.#options;
    if (contracts.get(type) === null) throw contractGone(type);
    const bury = (reason: string, contract: boolean): Promise<void> =>
      this.#bury({ kind: 'dead-letter', id, deliveries, reason, contract });
    if (fields === null) {
      return bury(`deliveries: delivered ${deliveries} times and never acknowledged`, false);
    }
    const judged = judgeEntry(contracts, type, fields);
    if (!judged.fits) return bury(judged.reason, true);
    this.#held.take(id, deliveries, clock.now());
    const publishedAt = millisecondsOf(id) - offsetMs;
    const { text, message } = judged;
    this.#buffer.push({ id, text, message, deliveries, publishedAt });
  }

  async #bury(letter: DeadLetterProblem): Promise<void> {
    const { id, deliveries, reason } = letter;
    const { onProblem } = this.#options;
    try {
      const outcome = await this.#member.deadLetter(id, deliveries, reason);
      if (outcome === 'moved') onProblem(letter);
      if (outcome === 'ghost') this.#note([id]);
    } catch (error) {
      // With memory full nothing can be added, and the good messages must flow on: a sweep finds it again.
      if (!isServerError(error) || troubleOf(error) !== 'refused') throw error;
      onProblem({ kind: 'not-moved', id, problem: lossText(error) });
    }
  }

  /** Signs of life of the entries that are held, and of a connection that has nothing to read. */
  async #beat(): Promise<void> {
    const { clock, minIdleMs, onProblem } = this.#options;
    const closed = this.#closed.signal;
    for (;;) {
      await clock.sleep(Math.min(minIdleMs / 3, SHOW_LIFE_MS), closed);
      if (closed.aborted) return;
      // The reading says what is wrong with Redis or the group; the next beat tries again.
      if (this.#filling === null) await this.#reader?.connection.ping().catch(() => undefined);
      const others = await this.#member.renew(this.#held.ids).catch(() => []);
      // What was acknowledged in the meantime is not lost.
      const ids = others.filter((id) => this.#held.release(id));
      if (ids.length === 0) continue;
      this.#buffer = this.#buffer.filter(({ id }) => !ids.includes(id));
      onProblem({ kind: 'ownership-lost', ids });
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
