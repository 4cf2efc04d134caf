import { type GateResult, gateResult } from './gate.js';
import type { MigrationHistory } from './history.js';
import type { ModuleState } from './module-state.js';
import { LONGEST_COVERED_GAP_MS } from './sample-clock.js';

/*
 * The gates of `migrate` that rest on the journal, the states of the modules and samples: order of
 * the modules, soaks, phase 1, halt. Each says on which figures it decided.
 */

export interface SoakEvidence {
  /** Redis's time, in ms, at which the soak began. */
  readonly sinceMs: number | null;
  readonly nowMs: number;
  readonly lengthMs: number;
  /** The longest time within the soak for which there is no sample, in ms. */
  readonly longestGapMs: number;
  /** Findings against the criteria within the soak. */
  readonly breaches: readonly string[];
  /** Messages parked for an operator and not settled yet. */
  readonly parked: number;
}

export function haltGate(history: MigrationHistory): GateResult {
  if (history.halt === null) return gateResult('halt', 'pass', 'no emergency stop is in force');
  return gateResult('halt', 'fail', `an emergency stop is in force: ${history.halt.reason}`, {
    hint: 'Going back is allowed. Once the cause is gone: orion-bus halt --clear --reason TEXT.',
    evidence: { reason: history.halt.reason, by: history.halt.by, at: history.halt.at },
  });
}

/** Guide, phase 1: seven days in parallel before the first consumer moves. */
export function phase1Gate(
  history: MigrationHistory,
  soak: Omit<SoakEvidence, 'sinceMs'>,
): GateResult {
  if (history.phase1SinceMs === null) {
    return gateResult('phase1', 'fail', 'phase 1 was never started', {
      hint: 'Start the parallel operation, or pass by name: --override phase1 --reason TEXT.',
    });
  }
  return { ...soakVerdict({ ...soak, sinceMs: history.phase1SinceMs }, 'phase 1'), gate: 'phase1' };
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
  return soakVerdict(soak, previous);
}

function soakVerdict(soak: SoakEvidence, of: string): GateResult {
  const evidence = {
    sinceMs: soak.sinceMs,
    nowMs: soak.nowMs,
    lengthMs: soak.lengthMs,
    longestGapMs: soak.longestGapMs,
    breaches: [...soak.breaches],
    parked: soak.parked,
  };
  if (soak.parked > 0) {
    const message = `${soak.parked} parked messages of ${of} are not settled`;
    const hint = `orion-bus pending ${of}, then claim --exec or ack --reason`;
    return gateResult('soak', 'fail', message, { hint, evidence });
  }
  if (soak.breaches.length > 0) {
    return gateResult('soak', 'fail', `the soak of ${of} was broken: ${soak.breaches[0]}`, {
      evidence,
    });
  }
  if (soak.sinceMs === null) {
    return gateResult('soak', 'inconclusive', `the soak of ${of} has not begun`, { evidence });
  }
  const leftMs = soak.sinceMs + soak.lengthMs - soak.nowMs;
  if (leftMs > 0) {
    return gateResult('soak', 'fail', `the soak of ${of} is not over`, {
      hint: `It ends in ${Math.ceil(leftMs / 60_000)} min.`,
      evidence: { ...evidence, leftMs },
    });
  }
  if (soak.longestGapMs > LONGEST_COVERED_GAP_MS && soak.lengthMs > 0) {
    return gateResult(
      'soak',
      'inconclusive',
      `the soak of ${of} is over, but for up to ${Math.ceil(soak.longestGapMs / 60_000)} min there is no sample`,
      {
        hint: 'Without evidence it may be passed by name only: --override soak --reason TEXT.',
        evidence,
      },
    );
  }
  return gateResult('soak', 'pass', `the soak of ${of} is over`, { evidence });
}
