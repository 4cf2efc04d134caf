import type { SideName } from '../facts/index.js';
import type { Finding } from '../problems/index.js';
import type { CriterionVerdict } from './criterion.js';
import { type GateResult, gateResult } from './gate.js';
import type { ModuleState } from './module-state.js';
import { criterionJson, type SoakEvidence, soakVerdict } from './soak-verdict.js';

/* The gates between the phases: what phase 1 begins with, and what phases 2 and 3 end with. */

/** Guide, "Pre-Migration Checklist": every item must be seen to hold. */
export function checklistGate(items: readonly Finding[]): GateResult {
  const evidence = { items: items.map((item) => ({ ...item })) };
  const failed = items.find(({ status }) => status === 'fail');
  if (failed !== undefined) {
    const more = failed.hint === undefined ? { evidence } : { evidence, hint: failed.hint };
    return gateResult('checklist', 'fail', failed.message, more);
  }
  const unseen = items.filter(({ status }) => status === 'skip' || status === 'warn');
  const [first] = unseen;
  if (first !== undefined) {
    const hint = unseen.find((item) => item.hint !== undefined)?.hint;
    const more = hint === undefined ? { evidence } : { evidence, hint };
    return gateResult('checklist', 'inconclusive', first.message, more);
  }
  return gateResult('checklist', 'pass', `all ${items.length} items of the checklist hold`, {
    evidence,
  });
}

export interface Phase2Evidence {
  readonly modules: readonly {
    readonly module: string;
    readonly state: ModuleState;
    /** On which sides readers were seen; null where nobody could look. */
    readonly readers: readonly SideName[] | null;
  }[];
  /** The soak of the module that moved last, with the criteria of all modules. */
  readonly soak: SoakEvidence;
  /** Loss since the first module had moved. */
  readonly loss: CriterionVerdict;
}

/** Guide, phase 2, "Success Criteria": its five, and the soak of the last module. */
export function phase2Gate({ modules, soak, loss }: Phase2Evidence): GateResult {
  const away = modules.filter(({ state }) => state.name !== 'soaking' && state.name !== 'soaked');
  const onSource = modules.filter(({ readers }) => readers?.includes('source') ?? false);
  const verdict = soakVerdict('phase2', soak, {
    what: 'the soak of the last module',
    pending: '',
  });
  const names = (rows: readonly { readonly module: string }[]): string[] =>
    rows.map(({ module }) => module);
  const evidence = {
    ...verdict.evidence,
    notOnTarget: names(away),
    readingOnSource: names(onSource),
    loss: criterionJson(loss),
  };
  const refuse = (verdictName: 'fail' | 'inconclusive', message: string): GateResult =>
    gateResult('phase2', verdictName, message, { evidence });
  if (modules.length === 0) return refuse('fail', 'there is no module on the target');
  if (away.length > 0) return refuse('fail', `not on the target: ${names(away).join(', ')}`);
  if (onSource.length > 0) {
    return refuse('fail', `still read on the source: ${names(onSource).join(', ')}`);
  }
  if (loss.verdict === 'fail') return refuse('fail', loss.message);
  if (verdict.verdict !== 'pass') return { ...verdict, evidence };
  // Of a soak that no sample can fall into, the looks at its ends are all there is.
  if (soak.figures.samples > 0 && loss.verdict !== 'pass') {
    return refuse('inconclusive', `whether a message was lost: ${loss.message}`);
  }
  if (modules.some(({ readers }) => readers === null)) {
    return refuse('inconclusive', 'who reads on the source could not be looked at');
  }
  return { ...verdict, message: `all modules are on the target; ${verdict.message}`, evidence };
}

/** Guide, phase 3: seven days with all traffic on the target, and no anomaly. */
export function burnInGate(soak: SoakEvidence): GateResult {
  if (soak.sinceMs === null) return gateResult('burn-in', 'fail', 'the burn-in has not begun');
  return soakVerdict('burn-in', soak, { what: 'the burn-in', pending: '' });
}
