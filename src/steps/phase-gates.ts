import {
  burnInCriteria,
  burnInGate,
  type GateName,
  type GateResult,
  gateResult,
  loss,
  phase2Criteria,
  phase2Gate,
} from '../checks/index.js';
import { type Baseline, readBaseline } from '../evidence/index.js';
import { redisTimeMs } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { standings } from './module-standing.js';
import { askSoak, foldSamples } from './soak-evidence.js';
import type { StepContext } from './step-context.js';

/** What the gates between the phases need; they are about the whole migration and no module. */
export type PhaseGateContext = Pick<StepContext, 'plan' | 'redis' | 'clock' | 'history'>;

/** Asks whether phase 2 is complete: the gate of the cutover. */
export async function askPhase2(context: PhaseGateContext): Promise<GateResult> {
  const { plan, redis, history } = context;
  const nowMs = await redisTimeMs(redis);
  const modules = [...(await standings(context))].map(([module, { state, readers }]) => ({
    ...{ module, state, readers },
  }));
  return withBaseline('phase2', plan.stateDir, async (baseline) => {
    const since = soaksSince(context);
    const soak = askSoak({
      sinceMs: since.length === 0 ? null : Math.max(...since),
      nowMs,
      lengthMs: plan.soak.moduleMs,
      everyMs: plan.watch.everyMs,
      criteria: () => phase2Criteria(plan.thresholds, baseline),
      breaches: history.openRun === null ? [] : [`the run ${history.openRun.run} is open`],
    });
    const audit = loss(null);
    const whole = askSoak({
      sinceMs: since.length === 0 ? null : Math.min(...since),
      nowMs,
      lengthMs: 0,
      everyMs: plan.watch.everyMs,
      criteria: () => [audit],
      startsAgain: false,
    });
    await foldSamples(plan.stateDir, [soak, whole]);
    return phase2Gate({ modules, soak: soak.evidence(), loss: audit.verdict() });
  });
}

/** Asks whether the burn-in is over and was clean: the gate of finalize. */
export async function askBurnIn({ plan, redis, history }: PhaseGateContext): Promise<GateResult> {
  const nowMs = await redisTimeMs(redis);
  const { burnInMs } = plan.soak;
  return withBaseline('burn-in', plan.stateDir, async (baseline) => {
    const soak = askSoak({
      sinceMs: history.phases.burnInSinceMs,
      nowMs,
      lengthMs: burnInMs,
      everyMs: plan.watch.everyMs,
      criteria: () => burnInCriteria(plan.thresholds, baseline, burnInMs),
    });
    await foldSamples(plan.stateDir, [soak]);
    return burnInGate(soak.evidence());
  });
}

/** When the soaks of the modules that are on the target began, in ms. */
export function soaksSince({
  plan,
  history,
}: Pick<PhaseGateContext, 'plan' | 'history'>): number[] {
  return plan.modules.flatMap(({ name }) => history.modules.get(name)?.soakSinceMs ?? []);
}

/** A baseline that cannot be read is an error of the gate, and no reason to judge without one. */
export async function withBaseline(
  gate: GateName,
  stateDir: string,
  ask: (baseline: Baseline | null) => Promise<GateResult>,
): Promise<GateResult> {
  try {
    return await ask(await readBaseline(stateDir));
  } catch (error) {
    if (!(error instanceof OrionError) || error.code.startsWith('redis.')) throw error;
    const { hint } = error;
    return gateResult(gate, 'error', error.message, hint === null ? {} : { hint });
  }
}
