export { type Lag, type LagSource, lagAtLeast } from '../redis/index.js';
export { type ArrivalRate, arrivalRate } from './arrival-rate.js';
export { type Entry, entriesFrom, entryBodies, entryBody, newestEntries } from './bodies.js';
export { type BusHealth, busHealth } from './bus-health.js';
export { discoverStreams, type FoundStream } from './discovery.js';
export { entryAgeMs, isBefore } from './entry-age.js';
export { countLines, errorsSince, type LogPosition, logPosition } from './log-errors.js';
export {
  allPending,
  existingIds,
  type PendingEntry,
  type PendingFilter,
  pendingEntries,
} from './pending.js';
export {
  type ArchivePlan,
  type GroupNames,
  groupOf,
  type HandoffPlan,
  type ModulePlan,
  otherSide,
  type Plan,
  type PublisherPlan,
  type SettingPlan,
  type SideName,
  type SidePlan,
  type TestsPlan,
  type Thresholds,
  type WatchPlan,
} from './plan.js';
export { residentBytes } from './process-memory.js';
export {
  lookAtReaders,
  openClientIds,
  type ProbeOptions,
  type Reader,
  type ReadersLook,
  type ReadingClient,
  readersOfGroup,
  readingClients,
} from './readers.js';
export { redisTimeMs, type ServerFacts, serverFacts } from './server.js';
export { type SettingLook, type SettingsLook, settingsSide } from './settings-side.js';
export {
  type ConsumerLook,
  type GroupLook,
  groupIn,
  type LookOptions,
  lookAtStream,
  type StreamLook,
} from './stream-look.js';
