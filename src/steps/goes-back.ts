import type { StepContext } from './step-context.js';

/** Whether the module goes back to the source: by a rollback, or by the undo of a migration. */
export const goesBack = ({ giving, receiving }: StepContext): boolean =>
  giving === 'target' && receiving === 'source';
