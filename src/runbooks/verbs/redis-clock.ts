import { redisTimeMs } from '../../facts/index.js';
import type { Host } from './host.js';

/**
 * Redis's clock for the journal. One that does not answer soon is not asked again until it has: a
 * record without its time is worth more than a module that is down for longer.
 */
export function redisClock({
  redis,
  clock,
}: Pick<Host, 'redis' | 'clock'>): () => Promise<number | null> {
  let silent = false;
  return async () => {
    if (silent) return null;
    const answered = new AbortController();
    const asked = redisTimeMs(redis)
      .catch(() => null)
      .finally(() => {
        silent = false;
        answered.abort();
      });
    const late = clock.sleep(CLOCK_WITHIN_MS, answered.signal).then(() => {
      silent = !answered.signal.aborted;
      return null;
    });
    return Promise.race([asked, late]);
  };
}

const CLOCK_WITHIN_MS = 1_000;
