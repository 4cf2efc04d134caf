import {
  listOf,
  numberOf,
  ownKeys,
  REMOVE_GROUP,
  REPAIR_LAG,
  type RedisLink,
  textOf,
} from '../redis/index.js';
import { type Change, changed, type GroupPlace } from './pending-changes.js';

/** The lag that the server reports for a group, held against a count. */
export interface LagCheck extends GroupPlace {
  /** `unknown`: the server reports none, which is no false figure, or there is too much to count. */
  readonly verdict: 'right' | 'false' | 'mended' | 'unknown';
  readonly reported: number | null;
  readonly counted: number | null;
  readonly entriesRead: number | null;
  readonly cursor: string;
  /** Entries that were trimmed before the group had read them; mending wipes what tells of them. */
  readonly trimmedUnread: number | null;
}

/** Counting more entries than this would block the server for too long. */
const MOST_TO_COUNT = 100_000;

/** @throws {OrionError} `groups.missing` */
export async function checkLag(redis: RedisLink, place: GroupPlace): Promise<LagCheck> {
  return lagCheck(redis, place, 'look', 0);
}

/** Sets the counter of a group right where its lag is false. @throws as `checkLag`; `lease.lost` */
export async function mendLag({ redis, token }: Change, place: GroupPlace): Promise<LagCheck> {
  return lagCheck(redis, place, 'mend', token);
}

async function lagCheck(
  redis: RedisLink,
  { stream, group }: GroupPlace,
  what: 'look' | 'mend',
  token: number,
): Promise<LagCheck> {
  const keys = [stream, ownKeys.tokenOf(stream)];
  const script = redis.script(REPAIR_LAG, keys, [token, group, MOST_TO_COUNT, what]);
  const [verdict, reported, counted, read, cursor, unread] = listOf(
    await changed(script, { stream, group }),
  );
  return {
    stream,
    group,
    // The script answers with nothing else.
    verdict: textOf(verdict).toLowerCase() as LagCheck['verdict'],
    reported: numberOf(reported),
    counted: numberOf(counted),
    entriesRead: numberOf(read),
    cursor: textOf(cursor),
    trimmedUnread: numberOf(unread),
  };
}

/** What became of a removal; only `REMOVED` has changed anything. */
export type Removed = 'REMOVED' | 'MISSING' | 'PENDING' | 'OWED' | 'MOVED';

/**
 * Removes a group, or one consumer of it, where nothing is owed.
 * @param cursor of the group, as it was seen
 * @param consumer null for the whole group
 * @throws {OrionError} `lease.lost`
 */
export async function removeGroup(
  { redis, token }: Change,
  { stream, group }: GroupPlace,
  cursor: string,
  consumer: string | null,
): Promise<Removed> {
  const keys = [stream, ownKeys.tokenOf(stream)];
  const script = redis.script(REMOVE_GROUP, keys, [token, group, cursor, consumer ?? '']);
  // As above.
  return textOf(await changed(script, { stream, group })) as Removed;
}
