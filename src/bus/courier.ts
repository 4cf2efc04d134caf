import type { Contracts } from '../contracts/index.js';
import { messageOf } from '../problems/index.js';
import { Acknowledger } from './acknowledger.js';
import { backoff } from './backoff.js';
import type { Held } from './in-hand.js';
import { judgeEntry } from './judge-entry.js';
import type { Delivery } from './subscription.js';
import { countGhosts, countLost, noteRefusal, type Workplace } from './workplace.js';

/*
 * Takes what is queued to the handler, and settles it.
 *
 * Before a handler is begun with an entry that may have been tried before, Redis is asked: it is still
 * this consumer's, it is not spent, and this delivery is counted, so that a message which kills the
 * process is counted before it can. What was done before is acknowledged first, or the count of an
 * innocent entry would grow with each death that another causes. For the same reason only one *suspect*
 * runs at a time: an entry that was delivered twice already and whose end nobody here has seen.
 */

const LONGEST_RETRY_MS = 30_000;
const FIRST_REDIS_RETRY_MS = 50;
const LONGEST_REDIS_RETRY_MS = 2_000;
const LONGEST_REASON = 500;
/** How many may wait to be tried again before no more are taken in hand. */
const MOST_WAITING = 1_000;
const LOOK_AGAIN_MS = 1_000;

/** A handler whose messages have been held against the contract. */
export type AnyHandler = (message: unknown, delivery: Delivery) => Promise<void>;

export class Courier {
  readonly acknowledger: Acknowledger;
  readonly #work: Workplace;
  readonly #contracts: Contracts;
  readonly #type: string;
  readonly #handler: AnyHandler;
  #suspect: Held | null = null;
  #failuresInRow = 0;
  #mode: 'open' | 'finishing' | 'ended' = 'open';

  constructor(work: Workplace, type: string, contracts: Contracts, handler: AnyHandler) {
    this.#work = work;
    this.#type = type;
    this.#contracts = contracts;
    this.#handler = handler;
    this.acknowledger = new Acknowledger({
      ...work,
      failed: (error) => noteRefusal(work, 'Acknowledging entries', error),
      done: (ids, pending) => {
        work.tally.handled += ids.length;
        for (const id of ids) this.#drop(id);
        countLost(work, ids.length - pending, 'were settled by somebody else before');
      },
    });
  }

  /** How many more of this origin may be taken in hand. */
  room(origin: Held['origin']): number {
    const { hands, limits } = this.#work;
    const waiting = hands.in('waiting').size;
    // When nothing succeeds any more, what the handler needs is probably away: then reading on would
    // only carry more messages to the dead letters.
    const failing = Math.max(10, limits.credit);
    const stuck = waiting >= failing && this.#failuresInRow >= failing;
    return stuck || waiting >= MOST_WAITING ? 0 : limits.credit - hands.busy(origin);
  }

  /** Begins what may be begun, until `end` is called. */
  async run(): Promise<void> {
    const { bell } = this.#work;
    while (this.#mode !== 'ended') await bell.wait(this.#beginAll());
  }

  /** What waits to be tried again is left from now on. */
  finish(): void {
    if (this.#mode === 'open') this.#mode = 'finishing';
  }

  /** Nothing is begun any more, and the handlers are told; what is being settled goes on. */
  end(): void {
    this.#mode = 'ended';
    for (const { abort } of this.#work.hands.in('running')) abort.abort();
    this.#work.bell.ring();
  }

  /** @returns in how many milliseconds to look again, where nothing happens before */
  #beginAll(): number {
    const { hands, limits, clock, problems } = this.#work;
    const now = clock.now();
    let next = LOOK_AGAIN_MS;
    if (this.#mode === 'open') {
      for (const held of hands.in('waiting')) {
        if (held.dueAt <= now) hands.move(held, 'queued');
        else next = Math.min(next, held.dueAt - now);
      }
    }
    if (hands.in('queued').size > 0 && this.#contracts.get(this.#type) === null) {
      const message = `There is no contract ${this.#type} any more; its messages wait.`;
      problems.report('contract.missing', message);
      return next;
    }
    for (const held of hands.in('queued')) {
      if (hands.in('running').size >= limits.concurrency) break;
      const suspect = held.fields === null && held.deliveries > 1 && held.waits === 0;
      if (suspect && this.#suspect !== null) continue;
      if (suspect) this.#suspect = held;
      hands.move(held, 'running');
      void this.#deliver(held).finally(() => {
        if (this.#suspect === held) this.#suspect = null;
        this.#work.bell.ring();
      });
    }
    return next;
  }

  /** Never rejects. */
  async #deliver(held: Held): Promise<void> {
    const { hands, problems, member } = this.#work;
    try {
      await this.#secure(held);
    } catch (error) {
      noteRefusal(this.#work, `Taking entry ${held.id}`, error);
      this.#postpone(held, FIRST_REDIS_RETRY_MS, LONGEST_REDIS_RETRY_MS);
      return;
    }
    if (!hands.has(held.id)) return;
    if (this.#mode === 'ended') return this.#leave(held);
    if (held.verdict !== null) return this.#bury(held);
    const judged = judgeEntry(this.#contracts, this.#type, held.fields ?? []);
    if (!judged.fits) return this.#bury(held, judged.reason);
    try {
      this.#work.tally.delivered += 1;
      await this.#handler(judged.message, {
        id: held.id,
        stream: member.place.stream,
        deliveries: held.deliveries,
        text: judged.text,
        signal: held.abort.signal,
      });
    } catch (error) {
      this.#work.tally.failed += 1;
      this.#failuresInRow += 1;
      const message = `The handler of ${this.#type} failed with entry ${held.id}, delivery ${held.deliveries} of ${this.#work.limits.maxDeliveries}.`;
      if (!held.abort.signal.aborted) problems.report('handler.failed', message, held.id, error);
      return this.#failed(held, messageOf(error));
    }
    if (held.abort.signal.aborted) return this.#leave(held);
    this.#failuresInRow = 0;
    hands.move(held, 'settling');
    this.acknowledger.add(held.id);
  }

  /** Makes sure that the entry is this consumer's and its delivery counted; else it is dropped or spent. */
  async #secure(held: Held): Promise<void> {
    const { member, clock, limits } = this.#work;
    if (held.verdict !== null) return;
    if (held.fields !== null) {
      if (clock.now() - held.seenAt < limits.minIdleMs / 2) return;
      const others = await member.renew([held.id]);
      if (others.length > 0) this.#lose(held);
      return;
    }
    await this.acknowledger.settled();
    const taken = await member.take(held.id, limits.maxDeliveries);
    held.seenAt = clock.now();
    switch (taken.kind) {
      case 'taken':
        held.deliveries = taken.deliveries;
        held.fields = taken.fields;
        break;
      case 'spent':
        held.deliveries = taken.deliveries;
        held.verdict = `deliveries: delivered ${taken.deliveries} times and never settled`;
        break;
      case 'ghost':
        countGhosts(this.#work, [held.id]);
        this.#drop(held.id);
        break;
      case 'lost':
        this.#lose(held);
    }
  }

  async #failed(held: Held, why: string): Promise<void> {
    if (held.abort.signal.aborted) return this.#leave(held);
    if (held.deliveries >= this.#work.limits.maxDeliveries) {
      return this.#bury(held, `handler: ${why.slice(0, LONGEST_REASON)}`);
    }
    held.fields = null;
    this.#postpone(held, this.#work.limits.retryMs, LONGEST_RETRY_MS);
  }

  /** Moves an entry to the dead letters; where that fails it waits, and is tried again. */
  async #bury(held: Held, reason = held.verdict ?? ''): Promise<void> {
    const { hands, member, problems, tally, limits } = this.#work;
    const { stream, deadStream } = member.place;
    held.verdict = reason;
    held.fields = null;
    hands.move(held, 'settling');
    try {
      const outcome = await member.deadLetter(held.id, held.deliveries, reason);
      if (outcome === 'lost') return this.#lose(held);
      this.#drop(held.id);
      if (outcome === 'ghost') return countGhosts(this.#work, [held.id]);
      tally.deadLettered += 1;
      const message = `Entry ${held.id} of ${stream} was moved to ${deadStream}.`;
      problems.report('entry.dead', message, held.id);
    } catch (error) {
      const message = `Entry ${held.id} of ${stream} cannot be moved to ${deadStream} yet; it stays pending.`;
      problems.report('entry.not-dead-lettered', message, held.id, error);
      this.#postpone(held, limits.retryMs, LONGEST_RETRY_MS);
    }
  }

  #postpone(held: Held, firstMs: number, mostMs: number): void {
    const { hands, clock, random, bell } = this.#work;
    if (!hands.has(held.id)) return;
    if (held.lost) {
      this.#drop(held.id);
      return;
    }
    held.dueAt = clock.now() + backoff(held.waits, firstMs, mostMs, random());
    held.waits += 1;
    hands.move(held, 'waiting');
    bell.ring();
  }

  /** Its handler ended after it was told to: nothing is settled. */
  #leave(held: Held): void {
    if (held.lost) this.#drop(held.id);
    else this.#work.hands.move(held, 'queued');
  }

  #lose(held: Held): void {
    countLost(this.#work, 1, 'are no longer pending with this consumer', held.id);
    this.#drop(held.id);
  }

  #drop(id: Held['id']): void {
    const held = this.#work.hands.get(id);
    if (held !== undefined) this.#work.hands.drop(held);
    this.#work.bell.ring();
  }
}
