import { type PendingEntry, pendingEntries } from '../facts/index.js';
import { groupName, type RedisLink } from '../redis/index.js';
import type { GroupPlace } from './pending-changes.js';

export interface SweepFilter {
  /** Entries delivered later than so many ms ago are passed over: somebody may be working on them. */
  readonly minIdleMs: number;
  /** Only what this consumer holds; null for all. */
  readonly consumer: string | null;
  /** What this consumer holds is passed over: it has it already. */
  readonly exceptHolder: string | null;
  /** How many are chosen at most. */
  readonly limit: number;
}

/** Some entries of one group, and how many were passed over on the way to them. */
export interface SweepPage {
  readonly place: GroupPlace;
  readonly chosen: readonly PendingEntry[];
  readonly notIdle: number;
  readonly held: number;
  readonly looked: number;
}

/**
 * Goes once through everything pending in the groups, a thousand at a time, in the order of ids, so
 * that any number needs the same memory. What is chosen first and changed then is passed over by the
 * next sweep, for it is not idle any more: a sweep that was broken off is taken up by a new one.
 */
export async function* sweepPending(
  redis: RedisLink,
  places: readonly GroupPlace[],
  filter: SweepFilter,
): AsyncGenerator<SweepPage> {
  let left = filter.limit;
  for (const place of places) {
    const pages = pendingEntries(
      redis,
      place.stream,
      groupName(place.group),
      filter.consumer === null ? {} : { consumer: filter.consumer },
    );
    for await (const page of pages) {
      const chosen: PendingEntry[] = [];
      let [notIdle, held, looked] = [0, 0, 0];
      for (const entry of page) {
        if (chosen.length === left) break;
        looked += 1;
        if (entry.consumer === filter.exceptHolder) held += 1;
        else if (entry.idleMs < filter.minIdleMs) notIdle += 1;
        else chosen.push(entry);
      }
      left -= chosen.length;
      yield { place, chosen, notIdle, held, looked };
      if (left === 0) return;
    }
  }
}
