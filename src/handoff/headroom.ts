import { type ArrivalRate, arrivalRate, type GroupLook, type StreamLook } from '../facts/index.js';
import { COUNT_BETWEEN, compareIds, type EntryId, type RedisLink } from '../redis/index.js';

/**
 * How far trimming is from an entry that a group is owed: in entries, and in seconds at the rate at
 * which entries arrive now. Null seconds: the rate is not known.
 */
export type Headroom =
  | { readonly unlimited: true; readonly entries: null; readonly seconds: null }
  | { readonly unlimited: false; readonly entries: number; readonly seconds: number | null };

export interface HeadroomEvidence {
  /** The length at which the stream is trimmed; 0 where it never is. */
  readonly maxLength: number;
  /** Entries from the oldest owed one to the end. */
  readonly owedSpan: number;
  readonly rate: ArrivalRate;
}

/** Headroom in entries over the arrival rate; a stream on which nothing arrives has all the time. */
export function headroomOf({ maxLength, owedSpan, rate }: HeadroomEvidence): Headroom {
  if (maxLength <= 0) return { unlimited: true, entries: null, seconds: null };
  const entries = Math.max(0, maxLength - owedSpan);
  if (!rate.known) return { unlimited: false, entries, seconds: null };
  const seconds = rate.perSecond === 0 ? Number.MAX_SAFE_INTEGER : entries / rate.perSecond;
  return { unlimited: false, entries, seconds };
}

/**
 * Seconds that a migration needs: three times the expected pause and the time to drain the backlog.
 * A group that keeps up reads at least as fast as entries arrive, so that is the drain rate assumed.
 */
export function neededSeconds(
  expectedPauseMs: number,
  backlog: number,
  rate: ArrivalRate,
): number | null {
  if (!rate.known) return null;
  const drain = rate.perSecond === 0 ? 0 : backlog / rate.perSecond;
  return 3 * (expectedPauseMs / 1_000 + drain);
}

/** Looks at one group's headroom. */
export async function lookAtHeadroom(
  link: RedisLink,
  look: StreamLook,
  group: GroupLook,
  maxLength: number,
): Promise<{ headroom: Headroom; rate: ArrivalRate }> {
  const rate = await arrivalRate(link, look);
  const owedSpan = await countOwedSpan(link, look, group, maxLength);
  return { headroom: headroomOf({ maxLength, owedSpan, rate }), rate };
}

/** How many entries there are from the oldest owed one to the end; counted no further than it matters. */
export async function countOwedSpan(
  link: RedisLink,
  { stream }: StreamLook,
  group: GroupLook,
  maxLength: number,
): Promise<number> {
  const oldest = oldestOwed(group);
  if (oldest === null || maxLength <= 0) return 0;
  return Number(await link.script(COUNT_BETWEEN, [stream], [oldest, '+', maxLength + 1]));
}

/** The entry that trimming must not take before all others; null where nothing is owed. */
export function oldestOwed({ oldestPendingId, nextUndeliveredId }: GroupLook): EntryId | null {
  if (oldestPendingId === null || nextUndeliveredId === null) {
    return oldestPendingId ?? nextUndeliveredId;
  }
  return compareIds(oldestPendingId, nextUndeliveredId) < 0 ? oldestPendingId : nextUndeliveredId;
}
