import { ownKeys, type RedisLink, type StreamKey } from '../redis/index.js';
import { leaseOutrun } from './lease-problems.js';
import { GUARD } from './lease-scripts.js';

/**
 * Puts a run's token beside the streams it is about to change. From then on the scripts of every
 * older holder are refused: each takes the copy as a key and compares it with its own token. The
 * copies stay, so that a holder who wakes up after days is refused as well.
 * @throws {OrionError} `lease.lost` where a higher token stands
 */
export async function guardStreams(
  link: RedisLink,
  token: number,
  streams: readonly StreamKey[],
): Promise<void> {
  // One script a stream: each copy is in its own stream's slot.
  for (const stream of streams) {
    const key = ownKeys.tokenOf(stream);
    const higher = await link.script(GUARD, [key], [token]);
    if (higher !== '') throw leaseOutrun(key, token, String(higher));
  }
}
