import type { Clock } from '../problems/index.js';

/** The reason of an abort; made once, since by default each one would have an error with a stack. */
const RUNG = 'rung';

/** Wakes up whoever waits for something to change; what has changed they look up themselves. */
export class Bell {
  readonly #clock: Clock;
  /** Null while nobody waits. */
  #rung: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    const rung = this.#rung;
    this.#rung = null;
    rung?.abort(RUNG);
  }

  /** Resolves at the next ring or after this many milliseconds; never rejects. */
  async wait(ms: number): Promise<void> {
    this.#rung ??= new AbortController();
    await this.#clock.sleep(ms, this.#rung.signal);
  }
}
