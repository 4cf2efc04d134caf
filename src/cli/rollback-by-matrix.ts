import { OrionError } from '../problems/index.js';
import type { CarryOutRollback } from '../watch/index.js';
import { exitCodeOf } from './answer.js';
import { rollbackAnswer } from './move-answers.js';
import type { Mover } from './mover.js';
import { phaseAnswer } from './phase-answers.js';

/** The answer of the decision matrix, carried out as its command would be when typed with `--yes`. */
export function rollbackByMatrix(open: () => Promise<Mover>): CarryOutRollback {
  return async ({ phase, module }) => {
    try {
      const mover = { ...(await open()), confirmed: async () => null };
      const request = { takeOver: 'now' as const, options: NO_OPTIONS };
      const answer =
        phase === 2 && module !== null
          ? await rollbackAnswer(mover, { ...request, module, side: null })
          : await phaseAnswer(mover, {
              ...request,
              verb: VERBS[phase],
              doneByHand: new Set(),
            });
      return { exitCode: exitCodeOf(answer), text: answer.problem?.message ?? 'done' };
    } catch (error) {
      if (!(error instanceof OrionError)) throw error;
      return { exitCode: error.exitCode, text: error.message };
    }
  };
}

const VERBS = { 1: 'rollback-phase1', 2: 'rollback-phase2', 3: 'rollback-phase3' } as const;

const NO_OPTIONS = { start: false, missingGroup: null, acceptDuplicates: 0, overrides: new Map() };
