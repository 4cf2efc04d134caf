import { type Clock, messageOf } from '../problems/index.js';
import type { RedisLink } from '../redis/index.js';

/*
 * Whether Redis answers. Two states: *answering*, and *lost*: the last question or command got no
 * answer. What is lost is found again only by an answer, so a publisher that asks first never leaves
 * a command queued behind a dead connection, to be carried out after its caller was told it failed.
 */

const ANSWER_WITHIN_MS = 1_000;

export class Pulse {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #changed: (problem: string | null) => void;
  #state: 'answering' | 'lost' = 'answering';
  #question: Promise<string | null> | null = null;

  /** @param changed told why Redis was lost, and null when it answers again */
  constructor(link: RedisLink, clock: Clock, changed: (problem: string | null) => void) {
    this.#link = link;
    this.#clock = clock;
    this.#changed = changed;
  }

  get lost(): boolean {
    return this.#state === 'lost';
  }

  /**
   * Asks Redis now; callers at the same time share one question, so that an outage piles up nothing.
   * @returns null, or in one sentence why there is no answer, within a second
   */
  async ask(): Promise<string | null> {
    this.#question ??= this.#ping();
    const waiting = new AbortController();
    const late = this.#clock
      .sleep(ANSWER_WITHIN_MS, waiting.signal)
      .then(() => `Redis at ${this.#link.url} has not answered within ${ANSWER_WITHIN_MS} ms`);
    const problem = await Promise.race([this.#question, late]);
    waiting.abort();
    if (problem === null) this.#found();
    else this.missed(problem);
    return problem;
  }

  /** A command got no answer. */
  missed(problem: string): void {
    if (this.lost) return;
    this.#state = 'lost';
    this.#changed(problem);
  }

  #found(): void {
    if (!this.lost) return;
    this.#state = 'answering';
    this.#changed(null);
  }

  async #ping(): Promise<string | null> {
    try {
      await this.#link.command('PING');
      return null;
    } catch (error) {
      return messageOf(error);
    } finally {
      this.#question = null;
    }
  }
}
