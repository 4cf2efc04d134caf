import type { MatrixAnswer } from '../checks/index.js';
import type { Sample } from '../evidence/index.js';

/** What a watcher has to tell, in the order in which it happens. */
export type WatchEvent =
  | {
      readonly type: 'sampled';
      readonly sample: Sample;
      /** Issues that hold, and those that nobody can tell. */
      readonly holding: readonly string[];
      readonly inDoubt: readonly string[];
    }
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'problem'; readonly message: string }
  | { readonly type: 'halt.raised'; readonly reason: string; readonly raised: boolean }
  | {
      readonly type: 'rollback.announced';
      readonly command: string;
      readonly dueAt: string;
    }
  | { readonly type: 'rollback.called-off'; readonly command: string }
  | { readonly type: 'rollback.begun'; readonly command: string }
  | {
      readonly type: 'rollback.ended';
      readonly command: string;
      readonly exitCode: number;
      readonly text: string;
    }
  | {
      readonly type: 'drift';
      readonly stream: string;
      readonly group: string;
      readonly cursor: string;
      readonly pending: number;
    };

/** Carries out what the matrix says, as its command would. */
export type CarryOutRollback = (
  rollback: NonNullable<MatrixAnswer['rollback']>,
) => Promise<{ readonly exitCode: number; readonly text: string }>;
