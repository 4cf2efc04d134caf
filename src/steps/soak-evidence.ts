import { type Fold, type SoakEvidence, type SoakOptions, soakFold } from '../checks/index.js';
import { readSamples } from '../evidence/index.js';

/** A soak that is asked about, and what a look right now has against it. */
export interface AskedSoak extends SoakOptions {
  /** Redis's time, in ms; null where it has not begun. */
  readonly sinceMs: number | null;
  /** Up to when it is looked at. */
  readonly nowMs: number;
  readonly lengthMs: number;
  /** The interval between two samples, in ms. */
  readonly everyMs: number;
  readonly breaches?: readonly string[];
  readonly parked?: number;
}

/** A soak before and after its samples were read. */
export interface SoakReading extends FoldedRange {
  evidence(): SoakEvidence;
}

/** Prepares the reading of a soak; `foldSamples` reads it, together with others. */
export function askSoak(soak: AskedSoak): SoakReading {
  const { sinceMs, nowMs, lengthMs, everyMs, breaches = [], parked = 0 } = soak;
  const fold = soakFold({ sinceMs: sinceMs ?? nowMs, nowMs }, soak);
  return {
    fromMs: sinceMs ?? nowMs,
    toMs: nowMs,
    fold,
    evidence: () => ({
      ...{ sinceMs, nowMs, lengthMs, everyMs, breaches, parked },
      figures: fold.outcome(),
    }),
  };
}

/** A fold and the samples it is shown: from one time to another, both included, in ms. */
export interface FoldedRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fold: Pick<Fold<unknown>, 'add'>;
}

/** Shows the stored samples to several folds, each those of its own range, in one reading. */
export async function foldSamples(stateDir: string, ranges: readonly FoldedRange[]): Promise<void> {
  const lasting = ranges.filter(({ fromMs, toMs }) => fromMs < toMs);
  if (lasting.length === 0) return;
  const fromMs = Math.min(...lasting.map((range) => range.fromMs));
  const toMs = Math.max(...lasting.map((range) => range.toMs));
  for await (const sample of readSamples(stateDir, { fromMs, toMs: toMs + 1 })) {
    for (const range of lasting) {
      if (sample.atMs >= range.fromMs && sample.atMs <= range.toMs) range.fold.add(sample);
    }
  }
}
