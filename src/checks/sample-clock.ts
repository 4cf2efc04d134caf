import type { Sample } from '../evidence/index.js';

/*
 * How much time a series of samples covers. Two neighbours cover the time between them unless
 *
 *   they are further apart than the longest covered gap          nobody looked
 *   the later one is the first of its process (`sinceMs` null)    its counts start anew
 *   the later one is earlier: the clock went back                  nobody knows how long it took
 *
 * Time by the clock that is passed a second time, because the clock went back, is not covered twice.
 */

/** Two samples further apart than this leave the time between them without evidence. */
export const LONGEST_COVERED_GAP_MS = 60_000;

/** What lies between a sample and the one before it. */
export interface Stretch {
  /** Milliseconds between the two; 0 for a gap. */
  readonly coveredMs: number;
  /** Of these, what no earlier stretch covered: less where the clock had gone back before. */
  readonly newMs: number;
  /** True where nothing is known about the time before this sample. */
  readonly gap: boolean;
  /** True where the clock went back. */
  readonly wentBack: boolean;
}

export class SampleClock {
  #lastMs: number | null;
  #coveredToMs = Number.NEGATIVE_INFINITY;

  /** @param startMs when somebody looked for the first time; null where that is the first sample */
  constructor(startMs: number | null = null) {
    this.#lastMs = startMs;
  }

  /** Goes on to the next sample. One by this host's clock is a gap: Redis was not seen. */
  advance({ atMs, clock, sinceMs }: Pick<Sample, 'atMs' | 'clock' | 'sinceMs'>): Stretch {
    const lastMs = this.#lastMs;
    this.#lastMs = clock === 'host' ? null : atMs;
    const apartMs = lastMs === null || clock === 'host' ? null : atMs - lastMs;
    const wentBack = apartMs !== null && apartMs < 0;
    if (apartMs === null || wentBack || sinceMs === null || apartMs > LONGEST_COVERED_GAP_MS) {
      return { coveredMs: 0, newMs: 0, gap: true, wentBack };
    }
    const newMs = Math.min(apartMs, Math.max(0, atMs - this.#coveredToMs));
    this.#coveredToMs = Math.max(this.#coveredToMs, atMs);
    return { coveredMs: apartMs, newMs, gap: false, wentBack };
  }

  /** What a look at this time would cover that nothing covered before, in ms. */
  peek(atMs: number): number {
    const apartMs = this.#lastMs === null ? 0 : atMs - this.#lastMs;
    if (apartMs <= 0 || apartMs > LONGEST_COVERED_GAP_MS) return 0;
    return Math.min(apartMs, Math.max(0, atMs - this.#coveredToMs));
  }
}

/** How long a condition has held without a break, as far as samples cover it. */
export class Sustained {
  #heldMs: number | null = null;

  /** @param holds null where it could not be known, which breaks the series as a gap does */
  update(holds: boolean | null, { coveredMs, gap }: Stretch): void {
    if (holds !== true) this.#heldMs = null;
    else this.#heldMs = this.#heldMs === null || gap ? 0 : this.#heldMs + coveredMs;
  }

  /** Milliseconds; null where it did not hold at the newest sample. */
  get heldMs(): number | null {
    return this.#heldMs;
  }
}
