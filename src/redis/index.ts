export type { RedisAddress } from './address.js';
export { type Capabilities, probeCapabilities } from './capabilities.js';
export {
  compareIds,
  type EntryId,
  entryId,
  isEntryId,
  millisecondsOf,
  predecessorOf,
  ZERO_ID,
} from './entry-id.js';
export { type Lag, type LagSource, lagAtLeast, lagOf } from './lag.js';
export { RedisLink, type Reply } from './link.js';
export { isServerError } from './link-problems.js';
export { type MonitoredCommand, MonitorRefused } from './monitor.js';
export {
  type ConsumerName,
  consumerName,
  type GroupName,
  groupName,
  ownKeys,
  type StreamKey,
  streamKey,
  streamOfType,
  typeOfStream,
} from './names.js';
export { type Fields, fieldsOf, listOf, numberOf, pairsOf, textOf } from './reply.js';
export {
  ACKNOWLEDGE,
  CLAIM_PENDING,
  COUNT_BETWEEN,
  CREATE_GROUP,
  DROP_DEAD,
  IDS_DOWN,
  KEEP_WARM,
  LOOK,
  LUA_BEFORE,
  LUA_FIELDS,
  MOVE_PENDING,
  REMOVE_GROUP,
  REPAIR_LAG,
  REVIVE_DEAD,
  type Script,
  TURN,
  type TurnArgument,
  WHICH_EXIST,
} from './scripts/index.js';
export { type TrimmedEvidence, trimmedUnread } from './trimmed-unread.js';
