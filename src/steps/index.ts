import { allTraffic } from './all-traffic.js';
import { archive, archiveBack, archiveReady } from './archive.js';
import { archiveReport } from './archive-report.js';
import { phaseGates } from './ask-phase-gates.js';
import { beginPhaseSoak } from './begin-phase-soak.js';
import { beginSoak } from './begin-soak.js';
import { busHealthy } from './bus-healthy.js';
import { busDown, busUp, targetHealthy } from './bus-up.js';
import { createGroups } from './create-groups.js';
import { editSettingsStep } from './edit-settings.js';
import { fence } from './fence.js';
import { flow } from './flow.js';
import { gates } from './gates.js';
import { hold } from './hold.js';
import { lookAgain } from './look-again.js';
import { lossAudit } from './loss-audit.js';
import { observeOnly } from './observe-only.js';
import { moduleBack, publisher } from './part-steps.js';

import { phaseValidate } from './phase-validate.js';
import { readersSeen } from './readers-seen.js';
import { redisReady } from './redis-ready.js';
import { runTests } from './run-tests.js';
import { serviceReady } from './service-ready.js';
import { settingsReady } from './settings-ready.js';
import { sourceUnitBack, sourceUnitGone } from './source-unit.js';
import { start } from './start.js';
import type { StepKind } from './step-kind.js';
import { stop } from './stop.js';
import { targetUnit, targetUnitGone } from './target-unit.js';
import { testEvent } from './test-event.js';
import { turn } from './turn.js';

export { evaluatePhaseGates } from './ask-phase-gates.js';
export { claimForCommand, claimForConsumer } from './claim-entries.js';
export { type ClaimFailure, type ClaimTally, emptyTally } from './claim-tally.js';
export {
  type DeadLetter,
  type DeadRow,
  deadLetters,
  deadRows,
  handDead,
  reviveDead,
} from './dead-letters.js';
export { type EmergencyLook, emergencyContext, lookAtEmergency } from './emergency-look.js';
export { evaluateGates, gateRefused, MIGRATE_GATES } from './gates.js';
export { checkLag, type LagCheck, mendLag, type Removed, removeGroup } from './group-upkeep.js';
export {
  type FollowedConsumer,
  type FollowedGroup,
  type FollowedStream,
  GroupsFollower,
  type GroupsReading,
} from './groups-follower.js';
export {
  type GroupsContext,
  type GroupsLook,
  groupLags,
  type LookedAtGroup,
  lookAtGroups,
} from './groups-look.js';
export { type ModuleStanding, type StandingContext, standings } from './module-standing.js';
export { pendingAt } from './pending-at.js';
export { acknowledge, type GroupPlace } from './pending-changes.js';
export {
  type GroupAt,
  lookAtPending,
  type PendingRow,
  type PendingSelection,
} from './pending-look.js';
export { type SweepPage, sweepPending } from './pending-sweep.js';
export { askBurnIn, askPhase2, type PhaseGateContext } from './phase-gates.js';
export { lookAtRedeliveries, type RedeliveryLook } from './redelivery-look.js';
export type { MessageCommand } from './run-on-message.js';
export { captureBaseline } from './sampling/capture-baseline.js';
export { Sampler } from './sampling/sampler.js';
export type { SamplingContext } from './sampling/sampling-context.js';
export {
  driftingGroups,
  readWatchMemory,
  type WatchMemory,
  writeWatchMemory,
} from './sampling/watch-memory.js';
export type {
  AnyContext,
  MoveOptions,
  NoteType,
  Part,
  PhaseContext,
  PhaseHands,
  PublishingEdit,
  RunContext,
  RunView,
  StepContext,
  StepMemory,
} from './step-context.js';
export type { Action, Satisfied, StepKind, StepProgress } from './step-kind.js';
export { turnOf } from './turn-intent.js';
export { type ValidateOptions, validate } from './validate.js';

/** Every step kind a runbook may use, by the word after `uses:`. */
export const STEP_KINDS: ReadonlyMap<string, StepKind> = new Map(
  [
    gates,
    redisReady,
    busHealthy,
    settingsReady,
    serviceReady,
    runTests,
    readersSeen,
    createGroups,
    hold,
    stop,
    fence,
    turn,
    editSettingsStep,
    lookAgain,
    start,
    flow,
    lossAudit,
    beginSoak,
    phaseGates,
    targetUnit,
    busUp,
    targetHealthy,
    observeOnly,
    phaseValidate,
    beginPhaseSoak,
    publisher,
    testEvent,
    busDown,
    allTraffic,
    archiveReady,
    archive,
    archiveReport,
    sourceUnitGone,
    sourceUnitBack,
    archiveBack,
    moduleBack,
    targetUnitGone,
  ].map((kind) => [kind.name, kind]),
);
export { type SampledPast, sampledPast } from './sampled-past.js';
