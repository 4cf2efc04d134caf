import { OrionError } from '../problems/index.js';
import type { CarryOutRollback } from '../watch/index.js';
import { exitCodeOf } from './answer.js';
import { type Mover, rollbackAnswer } from './move-answers.js';

/** The answer of the decision matrix, carried out as its command would be when typed with `--yes`. */
export function rollbackByMatrix(open: () => Promise<Mover>): CarryOutRollback {
  return async ({ phase, module }) => {
    if (phase !== 2) return { exitCode: 1, text: `phase ${phase} has to be taken back by hand` };
    try {
      const mover = { ...(await open()), confirmed: async () => null };
      const answer = await rollbackAnswer(mover, {
        module,
        side: null,
        takeOver: 'now',
        options: { start: false, missingGroup: null, acceptDuplicates: 0, overrides: new Map() },
      });
      return { exitCode: exitCodeOf(answer), text: answer.problem?.message ?? 'done' };
    } catch (error) {
      if (!(error instanceof OrionError)) throw error;
      return { exitCode: error.exitCode, text: error.message };
    }
  };
}
