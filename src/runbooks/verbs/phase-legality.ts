import type { MigrationPhase } from '../../checks/index.js';
import type { PhaseVerb } from '../phase-history.js';

/*
 * Which verb about the whole migration is legal in which phase, and what it then does.
 *
 *   go         its gates are asked
 *   resume     the open run goes on
 *   already    it has been done: 0
 *   open-run   another run is not finished: 1, naming it
 *   too-early  a phase before it is not over: 1
 *   nothing    there is nothing to take back: 0, checked
 *   look       nothing was begun; what is not as it should be all the same is put right
 *   R1 R2 R3   that rollback begins, and takes the place of an open run
 *
 * Rollbacks of phases 1 and 3 both undo everything, so either resumes the other; both are wider than
 * that of phase 2. Behind the cutover a rollback of phase 1 has the publishers to put back as well, and
 * behind the burn-in one of phase 2 has the archive to open, so both become that of phase 3.
 */
export type PhaseAnswer =
  | 'go'
  | 'resume'
  | 'already'
  | 'open-run'
  | 'too-early'
  | 'nothing'
  | 'look'
  | 'R1'
  | 'R2'
  | 'R3';

export function mayDo(phase: MigrationPhase, verb: PhaseVerb): PhaseAnswer {
  const row = TABLE[phase];
  return row[COLUMNS.indexOf(verb)] ?? 'open-run';
}

const COLUMNS: readonly PhaseVerb[] = [
  'phase1-start',
  'phase3-cutover',
  'phase3-finalize',
  'rollback-phase1',
  'rollback-phase2',
  'rollback-phase3',
];

const TABLE: Readonly<Record<MigrationPhase, readonly PhaseAnswer[]>> = {
  P0: ['go', 'go', 'go', 'nothing', 'nothing', 'look'],
  P1r: ['resume', 'open-run', 'open-run', 'R1', 'nothing', 'R3'],
  P1: ['already', 'go', 'too-early', 'R1', 'nothing', 'R3'],
  'P1✓': ['already', 'go', 'too-early', 'R1', 'nothing', 'R3'],
  P2: ['already', 'go', 'too-early', 'R1', 'R2', 'R3'],
  'P2✓': ['already', 'go', 'too-early', 'R1', 'R2', 'R3'],
  P3r: ['open-run', 'resume', 'open-run', 'R3', 'R2', 'R3'],
  P3: ['already', 'already', 'go', 'R3', 'R2', 'R3'],
  'P3✓': ['already', 'already', 'go', 'R3', 'R2', 'R3'],
  Fr: ['open-run', 'open-run', 'resume', 'R3', 'R3', 'R3'],
  F: ['already', 'already', 'already', 'R3', 'R3', 'R3'],
  R1: ['open-run', 'open-run', 'open-run', 'resume', 'open-run', 'resume'],
  R2: ['open-run', 'open-run', 'open-run', 'R3', 'resume', 'R3'],
  R3: ['open-run', 'open-run', 'open-run', 'resume', 'open-run', 'resume'],
};
