import { describe, expect, it } from 'vitest';
import { type MigrationPhase, PHASES } from '../../src/checks/index.js';
import { PHASE_VERBS, type PhaseVerb } from '../../src/runbooks/phase-history.js';
import { mayDo, type PhaseAnswer } from '../../src/runbooks/verbs/phase-legality.js';

/* The table of phases and verbs, cell by cell. */

type Cells = Readonly<Record<PhaseVerb, PhaseAnswer>>;

const row = (
  start: PhaseAnswer,
  cutover: PhaseAnswer,
  finalize: PhaseAnswer,
  back1: PhaseAnswer,
  back2: PhaseAnswer,
  back3: PhaseAnswer,
): Cells => ({
  'phase1-start': start,
  'phase3-cutover': cutover,
  'phase3-finalize': finalize,
  'rollback-phase1': back1,
  'rollback-phase2': back2,
  'rollback-phase3': back3,
});

const CELLS: Readonly<Record<MigrationPhase, Cells>> = {
  P0: row('go', 'go', 'go', 'nothing', 'nothing', 'look'),
  P1r: row('resume', 'open-run', 'open-run', 'R1', 'nothing', 'R3'),
  P1: row('already', 'go', 'too-early', 'R1', 'nothing', 'R3'),
  'P1✓': row('already', 'go', 'too-early', 'R1', 'nothing', 'R3'),
  P2: row('already', 'go', 'too-early', 'R1', 'R2', 'R3'),
  'P2✓': row('already', 'go', 'too-early', 'R1', 'R2', 'R3'),
  P3r: row('open-run', 'resume', 'open-run', 'R3', 'R2', 'R3'),
  P3: row('already', 'already', 'go', 'R3', 'R2', 'R3'),
  'P3✓': row('already', 'already', 'go', 'R3', 'R2', 'R3'),
  Fr: row('open-run', 'open-run', 'resume', 'R3', 'R3', 'R3'),
  F: row('already', 'already', 'already', 'R3', 'R3', 'R3'),
  R1: row('open-run', 'open-run', 'open-run', 'resume', 'open-run', 'resume'),
  R2: row('open-run', 'open-run', 'open-run', 'R3', 'resume', 'R3'),
  R3: row('open-run', 'open-run', 'open-run', 'resume', 'open-run', 'resume'),
};

describe.each(PHASES)('in phase %s', (phase) => {
  it.each(PHASE_VERBS)('%s', (verb) => {
    expect(mayDo(phase, verb)).toBe(CELLS[phase][verb]);
  });

  it('there is a way back, or nothing to take back', () => {
    expect(['open-run', 'too-early']).not.toContain(mayDo(phase, 'rollback-phase3'));
  });
});
