import type { MigrationHistory } from './history.js';
import type { ModuleState, ModuleStateName } from './module-state.js';

/*
 * How far the whole migration has come, derived each time from the modules and the journal.
 *
 *   P0   nothing was begun          P1r  phase 1 is starting
 *   P1   phase 1 soaks              P1✓  its soak is over
 *   P2   some module is not on the source any more, or is on its way
 *   P2✓  every module is on the target, and every soak is over
 */
export type MigrationPhase = 'P0' | 'P1r' | 'P1' | 'P1✓' | 'P2' | 'P2✓';

export interface PhaseEvidence {
  readonly modules: readonly {
    readonly state: ModuleState;
    readonly settings: 'source' | 'target' | 'mixed' | 'unreadable';
    /** The side on which the journal last left it; null where it says nothing sure. */
    readonly recorded: 'source' | 'target' | null;
  }[];
  readonly history: Pick<MigrationHistory, 'phase1SinceMs' | 'openRun'>;
  /** Redis's time in ms; null where it does not answer, and then no soak is over. */
  readonly nowMs: number | null;
  readonly phase1Ms: number;
}

export function migrationPhase({
  modules,
  history,
  nowMs,
  phase1Ms,
}: PhaseEvidence): MigrationPhase {
  if (history.openRun?.verb === 'phase1-start') return 'P1r';
  const names = modules.map(({ state }) => state.name);
  if (names.length > 0 && names.every((name) => name === 'soaked')) return 'P2✓';
  if (modules.some(hasLeft)) return 'P2';
  if (history.phase1SinceMs === null) return 'P0';
  const over = nowMs !== null && nowMs - history.phase1SinceMs >= phase1Ms;
  return over ? 'P1✓' : 'P1';
}

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
