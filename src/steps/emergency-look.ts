import {
  type Emergency,
  type EmergencyContext,
  emergencyFold,
  emergencyOf,
  LONGEST_COVERED_GAP_MS,
  type MatrixPhase,
  type MigrationHistory,
} from '../checks/index.js';
import type { Plan } from '../facts/index.js';
import { baselineOrNone } from './baseline-or-none.js';
import { foldSamples } from './soak-evidence.js';

/** What the newest samples say of the emergency criteria. */
export interface EmergencyLook extends Emergency {
  /** Redis's time at the newest sample, in ms; null where there is none that is new enough. */
  readonly sampledAtMs: number | null;
}

/** @param nowMs by Redis's clock */
export async function lookAtEmergency(
  { plan, history }: { readonly plan: Plan; readonly history: MigrationHistory },
  { phase, nowMs }: { readonly phase: MatrixPhase | null; readonly nowMs: number },
): Promise<EmergencyLook> {
  const { lag, memory } = plan.thresholds;
  // What is to be sustained must have begun by then, and a window lies before it.
  const reachMs = 2 * Math.max(lag.sustainedMs, memory.sustainedMs) + 2 * LONGEST_COVERED_GAP_MS;
  const fold = emergencyFold(plan.thresholds);
  await foldSamples(plan.stateDir, [{ fromMs: nowMs - reachMs, toMs: nowMs, fold }]);
  const figures = fold.outcome();
  const isNew = figures.atMs !== null && nowMs - figures.atMs <= LONGEST_COVERED_GAP_MS;
  const context = await emergencyContext({ plan, history }, phase);
  const seen = isNew ? figures : emergencyFold(plan.thresholds).outcome();
  return { ...emergencyOf(seen, context), sampledAtMs: isNew ? figures.atMs : null };
}

/** What the figures are held against. */
export async function emergencyContext(
  { plan, history }: { readonly plan: Plan; readonly history: MigrationHistory },
  phase: MatrixPhase | null,
): Promise<EmergencyContext> {
  return {
    ...{ phase, thresholds: plan.thresholds, onTarget: latestFirst(history) },
    baseline: await baselineOrNone(plan.stateDir),
  };
}

/** The modules on the target, the one that moved last first. */
function latestFirst({ modules }: MigrationHistory): readonly string[] {
  return [...modules]
    .flatMap(([name, { soakSinceMs }]) => (soakSinceMs === null ? [] : [{ name, soakSinceMs }]))
    .sort((a, b) => b.soakSinceMs - a.soakSinceMs)
    .map(({ name }) => name);
}
