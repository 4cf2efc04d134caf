export {
  compareIds,
  type EntryId,
  entryId,
  isEntryId,
  millisecondsOf,
  predecessorOf,
  ZERO_ID,
} from './entry-id.js';
export {
  isServerError,
  type MonitoredCommand,
  type RedisAddress,
  RedisLink,
  type Reply,
  type Script,
} from './link.js';
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
