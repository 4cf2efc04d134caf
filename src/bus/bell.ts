import type { Clock } from '../problems/index.js';

/** Wakes up whoever waits for something to change; what has changed they look up themselves. */
export class Bell {
  readonly #clock: Clock;
  #rung = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    const rung = this.#rung;
    this.#rung = new AbortController();
    rung.abort();
  }

  /** Resolves at the next ring or after this many milliseconds; never rejects. */
  async wait(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#rung.signal);
  }
}
