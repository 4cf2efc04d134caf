export type { Interruption } from './attempt.js';
export { type BoundStep, bindRunbook } from './bind-runbook.js';
export { checkRunbook } from './check-runbook.js';
export { CONTEXT_SHAPE } from './context-shape.js';
export { contextValues, type ModuleStream, type RunSubject } from './context-values.js';
export type { Direction } from './direction.js';
export { executeRun } from './execute-run.js';
export { loadRunbooks, type RunbookFolders } from './load-runbooks.js';
export { parseRunbook } from './parse-runbook.js';
export { type PlannedStep, type PlanOptions, planRun, type RunPlan } from './plan-run.js';
export type { RunEvent, StepName } from './run-events.js';
export type { NewRunRecord, RunLog, RunRecord, RunRecordType } from './run-log.js';
export type { Commands, ContextFor, Halt, RunOptions, StepView } from './run-options.js';
export type { Outcome, RunResult, StepResult, UndoOutcome } from './run-result.js';
export type { Phase, Runbook, RunbookStep, StepExit } from './runbook.js';
export { RunbookError, type RunbookProblem } from './runbook-error.js';
export type { StepKinds } from './step-kinds.js';
export { type CarryOutOptions, carryOut, type MoveResult } from './verbs/carry-out.js';
export type { Host } from './verbs/host.js';
export { commandOf, knownModule } from './verbs/legality.js';
export { type MigrateRequest, type MigrationProposal, proposeMigration } from './verbs/migrate.js';
export type { Move, MovePlan } from './verbs/move.js';
export { overridesOf } from './verbs/overrides.js';
export {
  proposeRollback,
  type RollbackProposal,
  type RollbackRequest,
  rollbackOrder,
} from './verbs/rollback.js';
export { proposeSettle } from './verbs/settle.js';
export { readStanding, type Standing } from './verbs/standing.js';
