import type { Baseline } from '../evidence/index.js';
import type { ModulePlan, Thresholds } from '../facts/index.js';
import { health, memory, memoryTrend, noCrash, uptime } from './bus-criteria.js';
import type { CriterionFold } from './criterion.js';
import { averageLag, lag, pendingReturns } from './lag-criteria.js';
import { behaviour, errors } from './module-criteria.js';
import { contracts, loss, publishLatency, subscribeLatency, traffic } from './traffic-criteria.js';

/* Which criteria the guide has for which period. */

/** Shorter than this, what a process grows by is its warming up and no trend. */
const SHORTEST_TREND_MS = 3_600_000;

/** Phase 1, "Success Criteria"; the daily validation comes from the soak itself. */
export function phase1Criteria(thresholds: Thresholds, lengthMs: number): readonly CriterionFold[] {
  return [
    noCrash(),
    health(thresholds),
    memory(thresholds),
    ...trendOver(thresholds, lengthMs),
    contracts(thresholds),
  ];
}

/** Phase 2, step 4: what one module must keep for as long as it soaks. */
export function moduleCriteria(
  { name, service }: Pick<ModulePlan, 'name' | 'service'>,
  thresholds: Thresholds,
  baseline: Baseline | null,
): readonly CriterionFold[] {
  return [
    lag(name, thresholds),
    errors(name, thresholds, baseline),
    behaviour(name, service, baseline),
    pendingReturns(name),
    loss(name),
  ];
}

/** Phase 2, "Success Criteria", as far as samples tell. */
export function phase2Criteria(
  thresholds: Thresholds,
  baseline: Baseline | null,
): readonly CriterionFold[] {
  return [loss(null), lag(null, thresholds), errors(null, thresholds, baseline)];
}

/** Phase 3, burn-in: all traffic on the target, and no anomaly. */
export function burnInCriteria(
  thresholds: Thresholds,
  baseline: Baseline | null,
  lengthMs: number,
): readonly CriterionFold[] {
  return [
    traffic(baseline),
    noCrash(),
    memory(thresholds),
    ...trendOver(thresholds, lengthMs),
    lag(null, thresholds),
    errors(null, thresholds, baseline),
    contracts(thresholds),
    loss(null),
  ];
}

/** The final table, "Success Metrics", in its order. */
export function finalCriteria(thresholds: Thresholds): readonly CriterionFold[] {
  return [
    memory(thresholds),
    publishLatency(thresholds),
    subscribeLatency(thresholds),
    uptime(),
    contracts(thresholds),
    loss(null),
    averageLag(),
  ];
}

function trendOver(thresholds: Thresholds, lengthMs: number): readonly CriterionFold[] {
  return lengthMs < SHORTEST_TREND_MS ? [] : [memoryTrend(thresholds)];
}
