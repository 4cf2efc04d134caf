export { announcedByModule } from './announced.js';
export type { Interruption } from './attempt.js';
export { type BoundStep, bindRunbook } from './bind-runbook.js';
export { checkRunbook } from './check-runbook.js';
export { CONTEXT_SHAPE } from './context-shape.js';
export { executeRun } from './execute-run.js';
export { historyOf } from './history.js';
export { loadRunbooks } from './load-runbooks.js';
export { type PlannedStep, planRun, type RunPlan } from './plan-run.js';
export type { RunEvent } from './run-events.js';
export type { RunLog } from './run-log.js';
export type { ContextFor, RunOptions } from './run-options.js';
export type { RunResult, StepResult } from './run-result.js';
export type { Runbook, RunbookStep } from './runbook.js';
export { RunbookError } from './runbook-error.js';
export type { StepKinds } from './step-kinds.js';
export { type AckPage, type AckTally, carryOutAck } from './verbs/ack.js';
export { carryOutAdoption, proposeAdoption } from './verbs/adopt.js';
export { carryOut, type MoveResult } from './verbs/carry-out.js';
export {
  type ClaimJob,
  type ClaimResult,
  type ClaimTo,
  carryOutClaim,
  carryOutDeadClaim,
} from './verbs/claim.js';
export { type EmergencyStatus, emergencyStatus } from './verbs/emergency-status.js';
export { glanceAtMigration } from './verbs/glance.js';
export { carryOutRemoval, carryOutRepair, type Removal } from './verbs/group-upkeep.js';
export { clearedHalt, halt } from './verbs/halt.js';
export type { Host } from './verbs/host.js';
export { commandOf } from './verbs/legality.js';
export type { CarryOutOptions } from './verbs/live.js';
export type { MigrationReport } from './verbs/look-back.js';
export { type MigrateRequest, type MigrationProposal, proposeMigration } from './verbs/migrate.js';
export type { Move, MovePlan } from './verbs/move.js';
export { overridesOf } from './verbs/overrides.js';
export { type PhaseProposal, type PhaseRequest, proposePhase } from './verbs/phase.js';
export { carryOutPhase, type PhaseResult } from './verbs/phase-run.js';
export { type ReportRequest, reportOf } from './verbs/report.js';
export {
  proposeRollback,
  type RollbackProposal,
  type RollbackRequest,
} from './verbs/rollback.js';
export { proposeSettle } from './verbs/settle.js';
export { readStanding, type Standing } from './verbs/standing.js';
export { lookAtStatus, type MigrationStatus, statusWithoutRedis } from './verbs/status.js';
export { type Changing, mayChange } from './verbs/under-lease.js';
