export { activeSide, activeStreams } from './active-streams.js';
export { uptime } from './bus-criteria.js';
export { type Charts, chartFold } from './chart-fold.js';
export type { CriterionFold, CriterionName, CriterionVerdict } from './criterion.js';
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
  emergencyOf,
  type IssueVerdict,
} from './emergency.js';
export { type EmergencyFigures, emergencyFold } from './emergency-fold.js';
export type { Fold } from './fold.js';
export {
  haltGate,
  orderGate,
  phase1Gate,
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
export {
  arrivalPace,
  type GroupPace,
  type GroupTrack,
  paceOf,
  stateOver,
  type TrackPoint,
  trackPoint,
  withPoint,
} from './group-track.js';
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
export {
  burnInCriteria,
  finalCriteria,
  moduleCriteria,
  phase1Criteria,
  phase2Criteria,
} from './phase-criteria.js';
export { burnInGate, checklistGate, type Phase2Evidence, phase2Gate } from './phase-gates.js';
export { isPublishedBy } from './published-by.js';
export { refusedFold } from './refused-fold.js';
export { LONGEST_COVERED_GAP_MS } from './sample-clock.js';
export { type NamedGroup, selectGroups } from './select-groups.js';
export { type SoakFigures, type SoakOptions, type SoakPeriod, soakFold } from './soak-fold.js';
export type { SoakEvidence } from './soak-verdict.js';
export { groupsGate, type ModuleStream, streamsOf } from './stream-gates.js';
export { loss } from './traffic-criteria.js';
export {
  type Check,
  type CheckGroup,
  judgeChecks,
  type ValidateVerdict,
} from './validate-verdict.js';
