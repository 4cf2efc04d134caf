import { compareIds, type EntryId, ZERO_ID } from './entry-id.js';

/** What the server says about a stream and one group of it at one instant. */
export interface TrimmedEvidence {
  readonly length: number;
  /** Null where the stream is empty. */
  readonly firstId: EntryId | null;
  readonly lastGeneratedId: EntryId;
  readonly maxDeletedId: EntryId | null;
  /** Null before Redis 7. */
  readonly entriesAdded: number | null;
  readonly cursor: EntryId;
  readonly entriesRead: number | null;
}

/**
 * How many entries were trimmed before the group had read them: what was added, less what is left and what
 * was read, as long as the first entry lies after the cursor. The next read takes the evidence away.
 * @returns null where the counters cannot tell
 */
export function trimmedUnread(evidence: TrimmedEvidence): number | null {
  const { length, firstId, lastGeneratedId, maxDeletedId, entriesAdded, cursor } = evidence;
  // An empty stream has no first entry: whatever it ever had after the cursor is gone.
  if (compareIds(firstId ?? lastGeneratedId, cursor) <= 0) return 0;
  // Redis has no count for a group that never read, but at the very beginning it is 0.
  const entriesRead = cursor === ZERO_ID ? 0 : evidence.entriesRead;
  if (entriesAdded === null || entriesRead === null) {
    // A group at the very beginning of a stream that never lost an entry needs no counter.
    return entriesAdded === length ? 0 : null;
  }
  // Entries deleted by name count as removed too, but nobody can tell who had read them.
  if (maxDeletedId !== null && compareIds(maxDeletedId, cursor) > 0) return null;
  return Math.max(0, entriesAdded - length - entriesRead);
}
