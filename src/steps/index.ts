export type { RunView, StepContext, StepMemory } from './step-context.js';
export type { Action, Satisfied, StepKind, StepProgress } from './step-kind.js';
