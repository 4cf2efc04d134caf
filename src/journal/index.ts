export { guardStreams } from './guard-streams.js';
export { Journal, type JournalOptions, type JournalView, type NewRecord } from './journal.js';
export { UnwritableJournal } from './journal-problems.js';
export { adopt, assertKnownJournal } from './known-journal.js';
export { Lease, type LeaseRequest } from './lease.js';
export type { LeaseHolder, LeaseState, TakeOver } from './lease-holder.js';
export { ownIdentity, type ProcessIdentity, presenceOf } from './process-identity.js';
export type { JournalRecord, RecordType } from './record.js';
export { newRunId } from './run-id.js';
export { openPart, openRun, runRecords } from './runs.js';
export type { Damage, TornLine } from './scan.js';
export {
  type AnnouncedRollback,
  announceRollback,
  beginAnnounced,
  clearHalt,
  type Halt,
  knowsHalt,
  raiseHalt,
  readShared,
  type SharedRun,
  type SharedState,
  writeShared,
} from './shared-state.js';
