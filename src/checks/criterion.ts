import type { Sample } from '../evidence/index.js';
import type { JsonObject, Verdict } from '../problems/index.js';
import type { Stretch } from './sample-clock.js';

/*
 * A criterion is one sentence of the guide that must hold over a period. Each is a fold, and says at
 * its end a verdict and the figures it rests on.
 *
 *   pass           it held, and samples show it
 *   fail           it was broken within the period
 *   inconclusive   samples do not show it, or not often enough
 */
const CRITERIA = [
  'no-crash',
  'health',
  'uptime',
  'memory',
  'memory-trend',
  'contracts',
  'daily-validation',
  'lag',
  'lag-average',
  'pending',
  'errors',
  'behaviour',
  'loss',
  'publish-latency',
  'subscribe-latency',
  'traffic',
] as const;

export type CriterionName = (typeof CRITERIA)[number];

export interface CriterionVerdict {
  readonly criterion: CriterionName;
  readonly verdict: Verdict;
  readonly message: string;
  readonly figures: JsonObject;
}

export interface CriterionFold {
  /** @param stretch what lies between this sample and the one before it */
  add(sample: Sample, stretch: Stretch): void;
  verdict(): CriterionVerdict;
}

/** A figure that is missing from more than one sample in twenty was not watched. */
const KNOWN_SHARE = 0.95;

/** How often a figure was known where it was asked for. */
export class Known {
  #known = 0;
  #asked = 0;

  note(known: boolean): void {
    this.#asked += 1;
    if (known) this.#known += 1;
  }

  get isEnough(): boolean {
    return this.#asked > 0 && this.#known >= KNOWN_SHARE * this.#asked;
  }

  get figures(): { readonly samples: number; readonly known: number } {
    return { samples: this.#asked, known: this.#known };
  }
}

/**
 * The verdict of a criterion that either was broken, was not seen often enough, or held.
 * @param texts what to say in each case
 */
export function verdictOf(
  criterion: CriterionName,
  { broken, seen }: { readonly broken: boolean; readonly seen: boolean },
  texts: { readonly fail: string; readonly pass: string; readonly unseen?: string },
  figures: JsonObject,
): CriterionVerdict {
  if (broken) return { criterion, verdict: 'fail', message: texts.fail, figures };
  if (seen) return { criterion, verdict: 'pass', message: texts.pass, figures };
  const message = texts.unseen ?? 'it was not seen in enough samples';
  return { criterion, verdict: 'inconclusive', message, figures };
}
