import { type Clock, messageOf } from '../problems/index.js';
import { isServerError, ownKeys, type RedisLink } from '../redis/index.js';
import { writeRefused } from './publish-errors.js';

/*
 * Whether Redis answers, and whether it would take a message. Two states: *answering*, and *lost*: the last
 * question or command got no answer. What is lost is found again only by an answer, so a publisher that asks first never leaves
 * a command queued behind a dead connection, to be carried out after its caller was told it failed.
 */

const ANSWER_WITHIN_MS = 1_000;
/** What a server says that answers and takes no writes: memory full, disk full, a replica, too few replicas. */
const TAKES_NO_WRITES = /^(?:OOM|MISCONF|READONLY|NOREPLICAS)\b/;
/** It answers, and only does not let us ask in this way. */
const WILL_NOT_SAY = /^(?:NOPERM|MOVED|ERR unknown command)\b/;

export class Pulse {
  readonly #link: RedisLink;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #changed: (problem: string | null) => void;
  #state: 'answering' | 'lost' = 'answering';
  #question: Promise<string | null> | null = null;
  #refusal: string | null = null;

  /**
   * @param prefix the first part of every stream's key
   * @param changed told why Redis was lost, and null when it answers again
   */
  constructor(
    link: RedisLink,
    prefix: string,
    clock: Clock,
    changed: (problem: string | null) => void,
  ) {
    this.#link = link;
    this.#key = ownKeys.health(prefix);
    this.#clock = clock;
    this.#changed = changed;
  }

  get lost(): boolean {
    return this.#state === 'lost';
  }

  /** In one sentence why it would take no message, by its last answer; null where it would. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /**
   * Asks Redis now; callers at the same time share one question, so that an outage piles up nothing.
   * @returns null, or in one sentence why there is no answer, within a second
   */
  async ask(): Promise<string | null> {
    this.#question ??= this.#look();
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

  async #look(): Promise<string | null> {
    try {
      // A write that changes nothing: a missing key stays missing, yet a server that takes none says so.
      await this.#link.command('SETRANGE', this.#key, 0, '');
      this.#refusal = null;
      return null;
    } catch (error) {
      const text = messageOf(error);
      const answered = isServerError(error);
      this.#refusal =
        answered && TAKES_NO_WRITES.test(text) ? writeRefused('messages', error).message : null;
      return this.#refusal !== null || (answered && WILL_NOT_SAY.test(text)) ? null : text;
    } finally {
      this.#question = null;
    }
  }
}
