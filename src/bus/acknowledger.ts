import type { Clock } from '../problems/index.js';
import type { EntryId } from '../redis/index.js';
import { backoff } from './backoff.js';
import type { Bell } from './bell.js';
import type { GroupMember } from './group-member.js';

const MOST_AT_ONCE = 500;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

export interface AcknowledgerOptions {
  readonly member: GroupMember;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly random: () => number;
  /** @param pending how many of them were pending when they were acknowledged */
  readonly done: (ids: readonly EntryId[], pending: number) => void;
  /** Told of each attempt that failed. */
  readonly failed: (error: unknown) => void;
}

/**
 * Acknowledges in the order of `add`: at once where nothing is under way, and everything together that
 * has come by then where something is. Redis being away delays it, nothing else: acknowledging twice is
 * harmless, so it is tried until it succeeds or `stop` is called.
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  readonly #stop = new AbortController();
  #queue: EntryId[] = [];
  #added = 0;
  #done = 0;
  #running = false;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  add(id: EntryId): void {
    this.#queue.push(id);
    this.#added += 1;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  /** Resolves when everything added so far is confirmed, or this was stopped. */
  async settled(): Promise<void> {
    const target = this.#added;
    while (this.#done < target && !this.#stop.signal.aborted) await this.#options.bell.wait(60_000);
  }

  stop(): void {
    this.#stop.abort();
    this.#options.bell.ring();
  }

  async #run(): Promise<void> {
    const { member, bell, clock, random, done, failed } = this.#options;
    for (let attempt = 0; this.#queue.length > 0 && !this.#stop.signal.aborted; ) {
      const batch = this.#queue.slice(0, MOST_AT_ONCE);
      try {
        const pending = await member.acknowledge(batch);
        attempt = 0;
        this.#queue = this.#queue.slice(batch.length);
        this.#done += batch.length;
        done(batch, pending);
        bell.ring();
      } catch (error) {
        failed(error);
        const ms = backoff(attempt, FIRST_RETRY_MS, LONGEST_RETRY_MS, random());
        attempt += 1;
        await clock.sleep(ms, this.#stop.signal);
      }
    }
    this.#running = false;
  }
}
