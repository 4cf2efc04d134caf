import type { JsonObject } from '../problems/index.js';
import type { CriterionVerdict } from './criterion.js';
import { type GateName, type GateResult, gateResult } from './gate.js';
import type { SoakFigures } from './soak-fold.js';
import { spanText } from './span-text.js';

/** What is known of a soak: what samples showed, and what a look shows right now. */
export interface SoakEvidence {
  /** Redis's time, in ms, at which it began; null where it has not. */
  readonly sinceMs: number | null;
  readonly nowMs: number;
  readonly lengthMs: number;
  /** The interval between two samples, in ms. */
  readonly everyMs: number;
  readonly figures: SoakFigures;
  /** What a look right now has against it. */
  readonly breaches: readonly string[];
  /** Messages parked for an operator and not settled yet. */
  readonly parked: number;
}

/** How much of a soak is still to be covered, in ms. */
function soakLeftMs(soak: SoakEvidence): number {
  const { lengthMs, nowMs, figures } = soak;
  const soakedMs = isUnsampled(soak) ? nowMs - figures.startedMs : figures.coveredMs;
  return Math.max(0, lengthMs - soakedMs);
}

/** What a soak is called, and what `pending` shows what is parked of it. */
export interface SoakSubject {
  readonly what: string;
  readonly pending: string;
}

/** Whether a soak is over, its criteria held, and samples show both. */
export function soakVerdict(
  gate: GateName,
  soak: SoakEvidence,
  { what, pending }: SoakSubject,
): GateResult {
  const { figures, lengthMs, nowMs } = soak;
  const leftMs = soakLeftMs(soak);
  const evidence = evidenceOf(soak, leftMs);
  const result = (verdict: 'pass' | 'fail' | 'inconclusive', message: string, hint?: string) =>
    gateResult(gate, verdict, message, { evidence, ...(hint === undefined ? {} : { hint }) });
  if (soak.parked > 0) {
    const hint = `orion-bus pending ${pending}, then claim --exec or ack --reason`;
    return result('fail', `${soak.parked} parked messages of ${pending} are not settled`, hint);
  }
  const broken = figures.criteria.find(({ verdict }) => verdict === 'fail')?.message;
  const breach = soak.breaches[0] ?? broken;
  if (breach !== undefined) return result('fail', `${what} was broken: ${breach}`);
  if (soak.sinceMs === null) return result('inconclusive', `${what} has not begun`);
  const again = againText(figures);
  if (nowMs - figures.startedMs < lengthMs) {
    const message = `${what} is not over${again}: ${coverageText(soak)}`;
    return result('fail', message, `It ends in ${spanText(leftMs)}.`);
  }
  if (leftMs > 0) {
    return result(
      'inconclusive',
      `${what} is over by the clock${again}, but there is no sample of all of it: ${coverageText(soak)}`,
      `Time without samples is no soak: orion-bus watch, for ${spanText(leftMs)}. Or pass by name: --override ${gate} --reason TEXT.`,
    );
  }
  const unseen = figures.criteria.find(({ verdict }) => verdict !== 'pass');
  if (unseen !== undefined && !isUnsampled(soak)) {
    return result('inconclusive', `${what} is over, but of ${unseen.criterion}: ${unseen.message}`);
  }
  const how = isUnsampled(soak) ? 'by the looks at its ends' : coverageText(soak);
  return result('pass', `${what} is over: ${how}`);
}

/**
 * A soak as short as the interval between two samples holds at most one of them. It rests on the looks
 * at its beginning and at its end alone.
 */
function isUnsampled({ lengthMs, everyMs }: SoakEvidence): boolean {
  return lengthMs <= everyMs;
}

function coverageText({ lengthMs, figures: { coveredMs, longestGapMs } }: SoakEvidence): string {
  const gap = longestGapMs > 0 ? `, longest gap ${spanText(longestGapMs)}` : '';
  return `${spanText(coveredMs)} of ${spanText(lengthMs)} covered${gap}`;
}

function againText({ startedAgain }: SoakFigures): string {
  return startedAgain === null
    ? ''
    : ` (it began anew: the target bus was ${startedAgain.because})`;
}

function evidenceOf(soak: SoakEvidence, leftMs: number): JsonObject {
  const { sinceMs, nowMs, lengthMs, breaches, parked } = soak;
  const { criteria, startedAgain, ...figures } = soak.figures;
  return {
    ...{ sinceMs, nowMs, lengthMs, leftMs, parked, breaches: [...breaches] },
    ...figures,
    startedAgain: startedAgain === null ? null : { ...startedAgain },
    criteria: criteria.map(criterionJson),
  };
}

/** A criterion as gates and reports show it. */
export function criterionJson(criterion: CriterionVerdict): JsonObject {
  return { ...criterion };
}
