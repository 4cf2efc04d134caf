import type { Contracts } from '../contracts/index.js';
import type { StreamKey } from '../redis/index.js';
import { Attention } from './attention.js';
import { backoff } from './backoff.js';
import { type AnyHandler, Courier } from './courier.js';
import type { Held } from './in-hand.js';
import { Keeper } from './keeper.js';
import { troubleOf } from './read-trouble.js';
import {
  lossText,
  Overdue,
  ReadingConnection,
  type ReadingConnectionOptions,
} from './reading-connection.js';
import type {
  CloseOptions,
  CloseReport,
  Subscription,
  SubscriptionState,
  SubscriptionStats,
} from './subscription.js';
import type { Workplace } from './workplace.js';

/*
 * One consumer of one group.
 *
 * *recovering*: a reading connection has just been made. Before anything new is asked for, what this
 *   consumer has pending and not in hand is looked through, from the oldest: an earlier process left it,
 *   or the answer that brought it was lost. It is queued as there is room for it. At the end → reading.
 * *reading*: asks for as many new entries as there is room for, and waits at most `blockMs` for them.
 *   An answer that is late by more than the slack, an error, a lost connection → waiting.
 * *waiting*: the connection is thrown away, since an answer may have been lost with it. A group that is
 *   gone is made again: after the last entry that was delivered here where the stream is still the same,
 *   else from its beginning; what is in hand becomes pending again with it, and an incident is told. One
 *   that had not been reading waits first, so that another who knows better makes it. One that does not
 *   read at all, for want of room, puts back what it has in hand with its next command (`GroupMember`). After a pause that
 *   grows with every attempt and is partly left to chance → recovering.
 * *draining*: entered by `close`. The read under way is ended and what it brings is taken in hand;
 *   nothing more is read or taken over. What is queued, running or being settled is finished; what waits
 *   to be tried again is left. At the deadline, handlers are told and no longer waited for → closed.
 * *closed*: the connection is gone; what was in hand stays pending under this consumer's name.
 *
 * What always holds: an entry is acknowledged only after its handler resolved, and only while it was not
 * known to be another's. At most `credit` new entries and `credit` found ones are in hand beside those that
 * wait to be tried again. Nothing that goes wrong ends a subscription; only `close` does.
 */

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** Until a person has given a permission or a password, asking often helps nobody. */
const LONGEST_REFUSED_RETRY_MS = 30_000;
const DRAIN_MS = 10_000;
/** Even who does not want to wait for handlers has to know what the last read brought. */
const LAST_READ_MS = 500;
const LAST_FLUSH_MS = 1_000;
const PAGE = 100;

export interface SubscriberOptions {
  readonly work: Workplace;
  readonly type: string;
  readonly contracts: Contracts;
  readonly handler: AnyHandler;
  readonly connection: ReadingConnectionOptions;
}

export class Subscriber implements Subscription {
  readonly type: string;
  readonly closed: Promise<CloseReport>;
  readonly #work: Workplace;
  readonly #connection: ReadingConnectionOptions;
  readonly #courier: Courier;
  readonly #keeper: Keeper;
  /** No more reading and taking over. */
  readonly #stop = new AbortController();
  /** The time for draining is up. */
  readonly #deadline = new AbortController();
  readonly #over = new AbortController();
  readonly #attention: Attention;
  #state: SubscriptionState = 'recovering';
  #reading: Promise<void> = Promise.resolve();
  #tellClosed: (report: CloseReport) => void = () => undefined;

  constructor(options: SubscriberOptions) {
    const { work, type, contracts, handler } = options;
    this.type = type;
    this.#work = work;
    this.#connection = options.connection;
    this.#courier = new Courier(work, type, contracts, handler);
    this.#keeper = new Keeper(work, () => this.#courier.room('found'));
    this.#attention = new Attention(work.clock);
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  get stream(): StreamKey {
    return this.#work.member.place.stream;
  }

  get group(): string {
    return this.#work.member.place.group;
  }

  get consumer(): string {
    return this.#work.member.place.consumer;
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  stats(): SubscriptionStats {
    const { hands, tally } = this.#work;
    return {
      inHand: hands.size,
      running: hands.in('running').size,
      waiting: hands.in('waiting').size,
      ...tally,
    };
  }

  /** Begins with a connection that is open already; called once. */
  start(first: ReadingConnection): void {
    void this.#courier.run();
    void this.#keeper.keep(this.#over.signal);
    void this.#keeper.sweep(this.#stop.signal);
    this.#reading = this.#read(first);
  }

  close({ drainMs = DRAIN_MS }: CloseOptions = {}): Promise<CloseReport> {
    void this.#work.clock
      .sleep(drainMs, this.#over.signal)
      .then(() => this.#deadline.abort())
      .then(() => this.#work.bell.ring());
    if (!this.#stop.signal.aborted) void this.#drain();
    return this.closed;
  }

  async #read(first: ReadingConnection): Promise<void> {
    const { clock, random, tally, bell } = this.#work;
    const stop = this.#stop.signal;
    let connection: ReadingConnection | null = first;
    let attempt = 0;
    while (!stop.aborted) {
      try {
        connection ??= await ReadingConnection.open(this.#connection);
        this.#become('recovering');
        await this.#recover(connection);
        while (!stop.aborted) {
          this.#become('reading');
          const room = await this.#room('read', connection);
          if (room === 0) break;
          this.#attention.asks();
          const entries = await connection.read(this.#work.member, room, stop);
          this.#attention.heard();
          attempt = 0;
          const now = clock.now();
          for (const { id, fields } of entries) {
            this.#work.hands.add({ id, deliveries: 1 }, 'read', fields, now);
          }
          if (entries.length > 0) bell.ring();
        }
      } catch (error) {
        this.#become('waiting');
        tally.reconnects += 1;
        if (error instanceof Overdue) tally.overdue += 1;
        const longest = await this.#dealWith(error);
        await clock.sleep(backoff(attempt, FIRST_RETRY_MS, longest, random()), stop);
        attempt += 1;
      } finally {
        connection?.close();
        connection = null;
      }
    }
  }

  /** Queues what this consumer has pending without having it in hand. */
  async #recover(connection: ReadingConnection): Promise<void> {
    const { member, hands, clock, bell } = this.#work;
    this.#attention.asks();
    for (let after: Held['id'] | null = null; ; ) {
      const count = Math.min(PAGE, await this.#room('found', connection));
      if (count === 0) return;
      const page = await member.ownPending(after, count);
      for (const entry of page) hands.add(entry, 'found', null, clock.now());
      bell.ring();
      after = page.at(-1)?.id ?? null;
      if (page.length < count) return;
    }
  }

  /** Waits until there is room; 0 when told to stop. */
  async #room(origin: Held['origin'], connection: ReadingConnection): Promise<number> {
    const { bell, clock, limits } = this.#work;
    let used = clock.now();
    while (!this.#stop.signal.aborted) {
      const room = this.#courier.room(origin);
      if (room > 0) return room;
      await bell.wait(limits.blockMs);
      if (clock.now() - used < limits.blockMs) continue;
      // Silent for long, this consumer would look as if its host were gone.
      await connection.ping();
      used = clock.now();
    }
    return 0;
  }

  /** @returns the longest pause between attempts at this kind of trouble */
  async #dealWith(error: unknown): Promise<number> {
    const { problems } = this.#work;
    const trouble = troubleOf(error);
    try {
      if (trouble === 'group-gone') await this.#remakeGroup();
    } catch (second) {
      problems.report(
        'redis.lost',
        `Group ${this.group} of ${this.stream} cannot be made: ${lossText(second)}`,
        null,
        second,
      );
      return LONGEST_RETRY_MS;
    }
    if (trouble === 'group-gone' || this.#stop.signal.aborted) return LONGEST_RETRY_MS;
    const message = `Reading ${this.stream} in group ${this.group} is interrupted: ${lossText(error)}`;
    problems.report(trouble === 'refused' ? 'redis.refused' : 'redis.lost', message, null, error);
    return trouble === 'refused' ? LONGEST_REFUSED_RETRY_MS : LONGEST_RETRY_MS;
  }

  async #remakeGroup(): Promise<void> {
    const { member, hands, tally, problems, clock } = this.#work;
    await clock.sleep(this.#attention.remakePauseMs, this.#stop.signal);
    const made = await member.remakeGroup(hands.last);
    tally.groupsMade += made === null ? 0 : 1;
    const how = made === null ? 'somebody has made it again' : `it was made again at ${made}`;
    problems.report('group.made-again', `Group ${this.group} of ${this.stream} was gone; ${how}.`);
  }

  async #drain(): Promise<void> {
    const { hands, clock } = this.#work;
    this.#state = 'draining';
    this.#stop.abort();
    this.#courier.finish();
    this.#work.bell.ring();
    const inTime = this.#deadline.signal;
    await Promise.race([this.#reading, this.#pastDeadline(LAST_READ_MS)]);
    const busy = (): boolean => hands.busy('read') + hands.busy('found') > 0;
    while (busy() && !inTime.aborted) await this.#work.bell.wait(LAST_FLUSH_MS);
    this.#courier.end();
    const flushed = this.#courier.acknowledger.settled();
    await Promise.race([flushed, clock.sleep(LAST_FLUSH_MS, this.#over.signal)]);
    this.#courier.acknowledger.stop();
    this.#over.abort();
    this.#work.bell.ring();
    this.#state = 'closed';
    this.#tellClosed(this.#report());
  }

  #report(): CloseReport {
    const { hands } = this.#work;
    const pending = hands.unfinished;
    const handled = hands.owned.filter((held) => !pending.includes(held));
    return {
      drained: hands.size === 0,
      running: hands.in('running').size,
      pending: pending.map(({ id }) => id),
      unconfirmed: handled.map(({ id }) => id),
    };
  }

  /** Resolves at the deadline, and not before this time. */
  async #pastDeadline(leastMs: number): Promise<void> {
    const { clock, bell } = this.#work;
    await clock.sleep(leastMs, this.#over.signal);
    while (!this.#deadline.signal.aborted && !this.#over.signal.aborted)
      await bell.wait(LAST_FLUSH_MS);
  }

  #become(state: SubscriptionState): void {
    if (!this.#stop.signal.aborted) this.#state = state;
  }
}
