import { serverFacts } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { isHandedOver } from './active-side.js';
import { lookingKind } from './define-step.js';

/** Redis answers, takes writes, and is the server it was when the run began. */
export const redisReady = lookingKind({
  name: 'redis-ready',
  summary: 'Redis answers, is no read-only replica, and knows what a handoff needs.',
  nature: 'check',
  describe: ({ redis }) => `look at Redis at ${redis.url}`,
  async look(context) {
    const { redis, capabilities } = context;
    // A module whose settings never left this side can be started without Redis.
    if (await isHandedOver(context)) return { needed: false };
    const server = await serverFacts(redis);
    if (server.role === 'slave') {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'redis.replica',
        message: `Redis at ${redis.url} is a replica and takes no writes.`,
        hint: 'Nothing was changed. Point redis.url to the primary.',
      });
    }
    return {
      version: server.version,
      runId: server.runId,
      entriesRead: capabilities.entriesRead,
      exactLag: capabilities.exactLag,
    };
  },
});
