export { LiveRedis } from './live-redis.js';
export { type WatchOptions, watch } from './watch.js';
export type { CarryOutRollback, WatchEvent } from './watch-event.js';
export type { Round } from './watcher.js';
