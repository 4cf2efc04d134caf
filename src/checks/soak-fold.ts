import type { Sample } from '../evidence/index.js';
import type { CriterionFold, CriterionVerdict } from './criterion.js';
import { DailyValidation } from './daily-validation.js';
import type { Fold } from './fold.js';
import { SampleClock } from './sample-clock.js';

/*
 * What samples show of a soak. Only covered time counts: a soak whose samples have a gap lasts longer
 * by the gap. A target bus that was stopped, or has another pid, starts every soak again at 0, with
 * its criteria; so whatever passes ran on one process without a break.
 */

export interface SoakPeriod {
  /** Redis's time, in ms, at which it began, and up to which it is looked at. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

export interface SoakFigures {
  /** Later than the period's beginning where the target bus was stopped since. */
  readonly startedMs: number;
  readonly startedAgain: {
    readonly times: number;
    readonly because: 'stopped' | 'restarted';
  } | null;
  readonly coveredMs: number;
  readonly longestGapMs: number;
  readonly gaps: number;
  /** How often the clock went back. */
  readonly clockSteps: number;
  readonly samples: number;
  readonly criteria: readonly CriterionVerdict[];
}

export interface SoakOptions {
  /** Made anew whenever the soak starts again. */
  readonly criteria: () => readonly CriterionFold[];
  /** Whether the daily check must have passed. */
  readonly validatedDaily?: boolean;
  /** False in a look back over all that happened: then nothing starts again. */
  readonly startsAgain?: boolean;
}

export function soakFold(period: SoakPeriod, options: SoakOptions): Fold<SoakFigures> {
  return new SoakFold(period, options);
}

class SoakFold implements Fold<SoakFigures> {
  readonly #period: SoakPeriod;
  readonly #options: SoakOptions;
  #startedMs: number;
  #startedAgain: SoakFigures['startedAgain'] = null;
  #clock: SampleClock;
  #criteria: readonly CriterionFold[];
  #daily: DailyValidation;
  #pid: number | null = null;
  #down = false;
  #coveredMs = 0;
  #longestGapMs = 0;
  #gaps = 0;
  #clockSteps = 0;
  #samples = 0;
  #lastMs: number;

  constructor(period: SoakPeriod, options: SoakOptions) {
    this.#period = period;
    this.#options = options;
    this.#startedMs = period.sinceMs;
    this.#lastMs = period.sinceMs;
    // Whoever began the soak looked at that moment.
    this.#clock = new SampleClock(period.sinceMs);
    this.#criteria = options.criteria();
    this.#daily = new DailyValidation(period.sinceMs);
  }

  add(sample: Sample): void {
    const { sinceMs, nowMs } = this.#period;
    if (sample.atMs < sinceMs || sample.atMs > nowMs) return;
    if (sample.validation !== null) {
      this.#daily.add(sample);
      return;
    }
    if (this.#options.startsAgain !== false && this.#startAgain(sample)) return;
    const stretch = this.#clock.advance(sample);
    this.#coveredMs += stretch.newMs;
    this.#noteGap(stretch.gap, sample);
    if (stretch.wentBack) this.#clockSteps += 1;
    this.#samples += 1;
    // What the first one counts happened before: its counts go, its looks stay.
    const began = sample.atMs - (sample.sinceMs ?? 0) < this.#startedMs;
    const own = began ? withoutCounts(sample) : sample;
    for (const criterion of this.#criteria) criterion.add(own, stretch);
  }

  outcome(): SoakFigures {
    const { nowMs } = this.#period;
    const tail = this.#down ? 0 : this.#clock.peek(nowMs);
    const uncovered = tail === 0 && nowMs > this.#lastMs;
    return {
      startedMs: this.#startedMs,
      startedAgain: this.#startedAgain,
      coveredMs: this.#coveredMs + tail,
      longestGapMs: Math.max(this.#longestGapMs, uncovered ? nowMs - this.#lastMs : 0),
      gaps: this.#gaps + (uncovered ? 1 : 0),
      clockSteps: this.#clockSteps,
      samples: this.#samples,
      criteria: [
        ...this.#criteria.map((criterion) => criterion.verdict()),
        ...(this.#options.validatedDaily === true ? [this.#daily.verdict(nowMs)] : []),
      ],
    };
  }

  #noteGap(gap: boolean, { atMs, clock }: Sample): void {
    if (gap && atMs > this.#lastMs) {
      this.#gaps += 1;
      this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastMs);
    }
    if (clock === 'redis') this.#lastMs = atMs;
  }

  /** @returns true while the target bus is down: nothing soaks then */
  #startAgain({ atMs, target: { service, pid } }: Sample): boolean {
    const down = service === 'inactive' || service === 'failed';
    const restarted = pid !== null && this.#pid !== null && pid !== this.#pid;
    this.#pid = pid ?? this.#pid;
    if (!down && !restarted && !this.#down) return false;
    const because = down || this.#down ? 'stopped' : 'restarted';
    const isNew = !this.#down;
    this.#down = down;
    this.#startedMs = atMs;
    this.#lastMs = atMs;
    this.#startedAgain = { times: (this.#startedAgain?.times ?? 0) + (isNew ? 1 : 0), because };
    this.#clock = new SampleClock(null);
    this.#criteria = this.#options.criteria();
    this.#daily = new DailyValidation(atMs);
    [this.#coveredMs, this.#longestGapMs, this.#gaps, this.#clockSteps] = [0, 0, 0, 0];
    this.#samples = 0;
    return down;
  }
}

function withoutCounts(sample: Sample): Sample {
  const counted = (count: number | null): number | null => (count === null ? null : 0);
  const { target } = sample;
  return {
    ...sample,
    target: {
      ...target,
      refused: counted(target.refused),
      contractLogErrors: counted(target.contractLogErrors),
    },
    streams: sample.streams.map((stream) => ({
      ...stream,
      checked: 0,
      unchecked: 0,
      violations: 0,
      bySource: {},
      publishP95Ms: null,
    })),
    modules: sample.modules.map((module) => ({
      ...module,
      errors: counted(module.errors),
      critical: counted(module.critical),
    })),
  };
}
