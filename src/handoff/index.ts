export { type FenceLook, type FenceOptions, type Intruder, lookAtFence } from './fence.js';
export { fenced } from './fenced.js';
export { readStreamState, type StreamHandoff, type StreamState } from './group-state.js';
export { type HandOverResult, handOver, planHandOver } from './hand-over.js';
export {
  countOwedSpan,
  type Headroom,
  headroomOf,
  lookAtHeadroom,
  neededSeconds,
  oldestOwed,
} from './headroom.js';
export {
  keepWarm,
  lookAtRedelivery,
  type Redelivery,
  type WarmMark,
  type WarmTick,
} from './keep-warm.js';
export {
  type LossSample,
  type LossVerdict,
  lookAtLoss,
  lossBetween,
  lossSampleOf,
} from './loss-audit.js';
export { type MovedEntry, moveBack } from './moves.js';
export { type ParkedBody, parkedPath, readParkedBody } from './parked-body.js';
export type { HandOverOptions, PlannedTurn } from './planned-turn.js';
export {
  carrierOf,
  HANDOFF_CONSUMER,
  isParked,
  PARKED_CONSUMER,
  planTurn,
  type TurnPlan,
} from './turn-plan.js';
