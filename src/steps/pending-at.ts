import type { PendingEntry } from '../facts/index.js';
import {
  consumerName,
  type EntryId,
  entryId,
  isServerError,
  listOf,
  type RedisLink,
  textOf,
} from '../redis/index.js';
import type { GroupPlace } from './pending-changes.js';

/** One id in a group, as it is pending there; null where it is not, or where the group is gone. */
export async function pendingAt(
  redis: RedisLink,
  { stream, group }: GroupPlace,
  id: EntryId,
): Promise<PendingEntry | null> {
  try {
    const [row] = listOf(await redis.command('XPENDING', stream, group, id, id, 1));
    if (row === undefined) return null;
    const [found, consumer, idleMs, deliveries] = listOf(row);
    return {
      id: entryId(textOf(found)),
      consumer: consumerName(textOf(consumer)),
      idleMs: Number(idleMs),
      deliveries: Number(deliveries),
    };
  } catch (error) {
    if (isServerError(error) && error.message.startsWith('NOGROUP')) return null;
    throw error;
  }
}
