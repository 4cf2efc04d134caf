import { type GateResult, gateResult } from './gate.js';
import type { MigrationHistory } from './history.js';
import type { ModuleState } from './module-state.js';
import { type SoakEvidence, soakVerdict } from './soak-verdict.js';

/*
 * The gates of `migrate` that rest on the journal, the states of the modules and samples: order of
 * the modules, soaks, phase 1, halt. Each says on which figures it decided.
 */

export function haltGate(history: MigrationHistory): GateResult {
  if (history.halt === null) return gateResult('halt', 'pass', 'no emergency stop is in force');
  return gateResult('halt', 'fail', `an emergency stop is in force: ${history.halt.reason}`, {
    hint: 'Going back is allowed. Once the cause is gone: orion-bus halt --clear --reason TEXT.',
    evidence: { reason: history.halt.reason, by: history.halt.by, at: history.halt.at },
  });
}

/** Guide, phase 1: seven days in parallel before the first consumer moves. */
export function phase1Gate(soak: SoakEvidence): GateResult {
  if (soak.sinceMs === null) {
    return gateResult('phase1', 'fail', 'phase 1 was never started', {
      hint: 'Start it: orion-bus phase1 start. Or pass by name: --override phase1 --reason TEXT.',
    });
  }
  return soakVerdict('phase1', soak, { what: 'the soak of phase 1', pending: '' });
}

/** Guide, phase 2, "Migration Order": lowest risk first. */
export function orderGate(
  module: string,
  order: readonly string[],
  states: ReadonlyMap<string, ModuleState>,
): GateResult {
  const before = order.slice(0, order.indexOf(module));
  const missing = before.filter((name) => {
    const state = states.get(name)?.name;
    return state !== 'soaking' && state !== 'soaked';
  });
  const evidence = { order: [...order], missing };
  if (missing.length === 0) {
    return gateResult('order', 'pass', 'every module before it is on target', { evidence });
  }
  return gateResult('order', 'fail', `${missing.join(', ')} must be moved before ${module}`, {
    hint: `Next in order: orion-bus migrate ${missing[0]}`,
    evidence,
  });
}

/** Guide, phase 2: 24 hours between migrations, covered by samples, nothing left to settle. */
export function soakGate(previous: string | null, soak: SoakEvidence | null): GateResult {
  if (previous === null || soak === null) {
    return gateResult('soak', 'pass', 'no module was moved before it');
  }
  return soakVerdict('soak', soak, { what: `the soak of ${previous}`, pending: previous });
}
