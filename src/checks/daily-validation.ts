import type { Sample } from '../evidence/index.js';
import type { CriterionVerdict } from './criterion.js';
import { verdictOf } from './criterion.js';

/** A day, and an hour for a timer that is late or a check that takes its time. */
const LONGEST_BETWEEN_MS = 25 * 3_600_000;

/** Guide, phase 1: the validation is run daily, and passes each time. */
export class DailyValidation {
  readonly #sinceMs: number;
  #lastMs: number;
  #longestMs = 0;
  #results = 0;
  readonly #failed: { atMs: number; exitCode: number; failed: readonly string[] }[] = [];
  #failures = 0;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
    this.#lastMs = sinceMs;
  }

  add({ atMs, validation }: Sample): void {
    if (validation === null || atMs < this.#sinceMs) return;
    this.#results += 1;
    this.#longestMs = Math.max(this.#longestMs, atMs - this.#lastMs);
    this.#lastMs = Math.max(this.#lastMs, atMs);
    if (validation.exitCode === 0) return;
    this.#failures += 1;
    // The first few tell what was wrong; a check that fails for a week tells nothing new.
    if (this.#failed.length < 5) this.#failed.push({ atMs, ...validation });
  }

  verdict(nowMs: number): CriterionVerdict {
    const longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    const [first] = this.#failed;
    return verdictOf(
      'daily-validation',
      { broken: this.#failures > 0, seen: longestMs <= LONGEST_BETWEEN_MS },
      {
        fail: `the daily check failed ${this.#failures} times, at first with ${first?.exitCode}`,
        pass: `the daily check passed every day (${this.#results})`,
        unseen: 'the daily check was not run every day',
      },
      {
        results: this.#results,
        failures: this.#failures,
        failed: this.#failed.map((each) => ({ ...each, failed: [...each.failed] })),
        longestBetweenMs: longestMs,
      },
    );
  }
}
