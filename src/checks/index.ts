export { activeSide, activeStreams } from './active-streams.js';
export {
  DECISION_MATRIX,
  type Issue,
  type MatrixAction,
  type MatrixAnswer,
  type MatrixPhase,
  type MatrixRow,
  matrixPhaseOf,
} from './decision-matrix.js';
export {
  type Emergency,
  type EmergencyContext,
  type ErrorBaseline,
  emergencyOf,
  type IssueVerdict,
} from './emergency.js';
export { type EmergencyFigures, emergencyFold } from './emergency-fold.js';
export type { Fold } from './fold.js';
export {
  haltGate,
  orderGate,
  phase1Gate,
  type SoakEvidence,
  soakGate,
} from './forward-gates.js';
export {
  GATES,
  type GateName,
  type GateResult,
  gateResult,
  isGateName,
  NEVER_OVERRIDDEN,
  refusals,
  withOverrides,
} from './gate.js';
export { type GroupEvidence, groupFindings } from './group-findings.js';
export {
  type GroupLag,
  groupLag,
  isOverAlert,
  type LagHeadroom,
  type LagState,
  type SeenGroup,
} from './group-lag.js';
export { ownerOf } from './group-owner.js';
export { headroomGate, type StreamHeadroom } from './headroom-gate.js';
export type {
  Halt,
  MigrationHistory,
  ModuleHistory,
  OpenRun,
  PhaseHistory,
} from './history.js';
export { type MigrationPhase, migrationPhase, PHASES, STATE_LETTERS } from './migration-phase.js';
export {
  type ModuleEvidence,
  type ModuleState,
  type ModuleStateName,
  moduleState,
} from './module-state.js';
export { LONGEST_COVERED_GAP_MS } from './sample-clock.js';
export { type NamedGroup, selectGroups } from './select-groups.js';
export { groupsGate, type ModuleStream, streamsOf } from './stream-gates.js';
export {
  type Check,
  type CheckGroup,
  judgeChecks,
  type ValidateVerdict,
} from './validate-verdict.js';
