import type { MigrationHistory } from './history.js';
import type { ModuleState, ModuleStateName } from './module-state.js';

/*
 * How far the whole migration has come, derived each time from the modules and the journal.
 *
 *   P0   nothing was begun          P1r  phase 1 is starting
 *   P1   phase 1 soaks              P1✓  its soak is over
 *   P2   some module is not on the source any more, or is on its way
 *   P2✓  every module is on the target, and every soak is over
 *   P3r  the publishers are being moved, or a cutover stopped half-way
 *   P3   the burn-in runs           P3✓  its time is over
 *   Fr   the source bus is being archived, or that stopped half-way
 *   F    final: the target bus alone is left
 *   R1 R2 R3  a rollback of that phase is not finished
 */
export type MigrationPhase = (typeof PHASES)[number];

export const PHASES = [
  'P0',
  'P1r',
  'P1',
  'P1✓',
  'P2',
  'P2✓',
  'P3r',
  'P3',
  'P3✓',
  'Fr',
  'F',
  'R1',
  'R2',
  'R3',
] as const;

export interface PhaseEvidence {
  readonly modules: readonly {
    readonly state: ModuleState;
    readonly settings: 'source' | 'target' | 'mixed' | 'unreadable';
    /** The side on which the journal last left it; null where it says nothing sure. */
    readonly recorded: 'source' | 'target' | null;
  }[];
  readonly history: Pick<MigrationHistory, 'phase1SinceMs' | 'phases'>;
  /** Redis's time in ms; null where it does not answer, and then no soak is over. */
  readonly nowMs: number | null;
  readonly phase1Ms: number;
  readonly burnInMs: number;
}

export function migrationPhase(evidence: PhaseEvidence): MigrationPhase {
  const { phase1, cutover, finalize, goingBack } = evidence.history.phases;
  if (goingBack !== null) return `R${goingBack}`;
  if (finalize === 'begun') return 'Fr';
  if (finalize === 'done') return 'F';
  if (cutover === 'begun') return 'P3r';
  if (cutover === 'done') return isBurnInOver(evidence) ? 'P3✓' : 'P3';
  if (phase1 === 'begun') return 'P1r';
  return beforeCutover(evidence);
}

function beforeCutover({ modules, history, nowMs, phase1Ms }: PhaseEvidence): MigrationPhase {
  const names = modules.map(({ state }) => state.name);
  if (names.length > 0 && names.every((name) => name === 'soaked')) return 'P2✓';
  if (modules.some(hasLeft)) return 'P2';
  if (history.phase1SinceMs === null) return 'P0';
  return isOver(history.phase1SinceMs, nowMs, phase1Ms) ? 'P1✓' : 'P1';
}

function isBurnInOver({ history, nowMs, burnInMs }: PhaseEvidence): boolean {
  const since = history.phases.burnInSinceMs;
  return since !== null && isOver(since, nowMs, burnInMs);
}

const isOver = (sinceMs: number, nowMs: number | null, lengthMs: number): boolean =>
  nowMs !== null && nowMs - sinceMs >= lengthMs;

/** The letter of the state, as the state tables have it. */
export const STATE_LETTERS: Readonly<Record<ModuleStateName, string>> = {
  source: 'S',
  moving: 'M',
  soaking: 'T',
  soaked: 'T✓',
  'going-back': 'B',
  stranded: 'X',
  drift: 'D',
};

/** Settings that merely cannot be read do not show that a module was moved. */
function hasLeft({ state, settings, recorded }: PhaseEvidence['modules'][number]): boolean {
  if (state.name === 'source') return false;
  if (state.name !== 'drift') return true;
  return recorded !== 'source' || settings === 'target' || settings === 'mixed';
}
