import type { Clock } from '../problems/index.js';

/** Long enough for anybody whose connection stands; a group is not left unread for longer. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * How well a consumer knows how far its group has come. While it reads it knows: what is delivered goes to
 * one of those who wait in turn. While it is cut off, or has no room, the others go on. So each waits, before
 * it makes a group again that is gone, for as long as it had not been reading: who knows best is there first,
 * and nothing is delivered again that was handled long ago.
 */
export class Attention {
  readonly #clock: Clock;
  #heardAt: number;
  #askedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#heardAt = this.#askedAt = clock.now();
  }

  /** Asks for entries now. */
  asks(): void {
    this.#askedAt = this.#clock.now();
  }

  /** Was answered, with entries or without. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  get remakePauseMs(): number {
    return Math.min(Math.max(0, this.#askedAt - this.#heardAt), LONGEST_PAUSE_MS);
  }
}
