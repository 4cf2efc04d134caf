import {
  checklistGate,
  type GateName,
  type GateResult,
  haltGate,
  refusals,
  withOverrides,
} from '../checks/index.js';
import { checklist } from './checklist.js';
import { lookingPhaseKind } from './define-step.js';
import { gateRefused } from './gates.js';
import { askBurnIn, askPhase2 } from './phase-gates.js';
import type { PhaseContext } from './step-context.js';

/* The gates of the verbs about the whole migration, each with the halt; refused together. */

export const phaseGates = lookingPhaseKind({
  name: 'phase-gates',
  summary: 'The conditions that must hold before a phase may begin or end.',
  nature: 'gate',
  describe: ({ run }) => `ask the gates of ${run.verb}`,
  async look(context) {
    const results = await evaluatePhaseGates(context, 'run');
    const refused = refusals(results);
    const [first] = refused;
    if (first !== undefined) throw gateRefused(refused, first, `${context.run.verb} may not begin`);
    await recordOverrides(context, results);
    return { gates: results.map(({ gate, verdict, message }) => ({ gate, verdict, message })) };
  },
});

/** Every gate of the verb, in the order of the list, with the overrides applied. */
export async function evaluatePhaseGates(
  context: PhaseContext,
  programs: 'run' | 'not-yet',
): Promise<readonly GateResult[]> {
  const gates = [haltGate(context.history), await gateOf(context, programs)];
  return withOverrides(gates, context.options.overrides);
}

async function gateOf(context: PhaseContext, programs: 'run' | 'not-yet'): Promise<GateResult> {
  switch (GATE_OF[context.run.verb]) {
    case 'phase2':
      return askPhase2(asBefore(context));
    case 'burn-in':
      return askBurnIn(asBefore(context));
    default:
      return checklistGate(await checklist(context, programs));
  }
}

/** A run that asks is open itself, which says nothing against it. */
function asBefore({ history, run, ...context }: PhaseContext): PhaseContext {
  const openRun = history.openRun?.run === run.id ? null : history.openRun;
  return { ...context, run, history: { ...history, openRun } };
}

const GATE_OF: Readonly<Record<string, GateName>> = {
  'phase1-start': 'checklist',
  'phase3-cutover': 'phase2',
  'phase3-finalize': 'burn-in',
};

/** An override is kept in the journal; that of a gate which this verb does not ask is only noted. */
async function recordOverrides(
  { options, record }: PhaseContext,
  results: readonly GateResult[],
): Promise<void> {
  for (const [gate, reason] of options.overrides) {
    const asked = results.find((result) => result.gate === gate);
    const verdict = asked?.verdict ?? 'not asked';
    await record('gate.overridden', { gate, reason, verdict, evidence: asked?.evidence ?? {} });
  }
}
