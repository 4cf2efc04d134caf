export type { Drill, DrillOutcome, DrillProgress, OpenDrill, Overrides } from './drill.js';
export { FAULTS, type Fault } from './faults.js';
export { Host } from './host.js';
export type { HostOptions } from './host-build.js';
export type { ModuleAudit } from './ledger.js';
export type { RehearsalEvent } from './rehearsal-events.js';
export {
  DEFAULT_RATE,
  type RehearsalOptions,
  type RehearsalResult,
  rehearse,
} from './rehearse.js';
