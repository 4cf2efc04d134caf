import { compareIds, type EntryId, millisecondsOf } from '../redis/index.js';

/**
 * How long ago an entry was added, in milliseconds; an id from the future has no age yet.
 * @param atMs Redis's own clock, which is the one that made the id
 */
export function entryAgeMs(id: EntryId | null, atMs: number): number | null {
  return id === null ? null : Math.max(0, atMs - millisecondsOf(id));
}

/** True where the one id lies before the other. */
export function isBefore(id: EntryId, other: EntryId): boolean {
  return compareIds(id, other) < 0;
}
