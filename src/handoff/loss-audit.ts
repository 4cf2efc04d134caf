import { groupIn, type PendingEntry, type StreamLook } from '../facts/index.js';
import { compareIds, ZERO_ID } from '../redis/index.js';
import type { StreamState } from './group-state.js';

/*
 * The loss audit. Redis counts entries added and entries read; what was trimmed before it was read is
 * (entries-added − length) − entries-read, as long as the first entry lies after the cursor. The
 * evidence is gone at the next read and at XGROUP SETID, so a base is taken at the start of a run and
 * right before each turn. What was lost before the base is inherited: shown, never held against a run.
 */

/** What one group had lost at one time. */
export type LossSample = {
  readonly stream: string;
  readonly group: string;
  readonly atMs: number;
  /** Entries trimmed unread, or null where the counters cannot tell. */
  readonly trimmedUnread: number | null;
  /** Pending ids whose entry is gone. */
  readonly ghosts: readonly string[];
};

export interface LossVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly lost: number;
  readonly ghosts: readonly string[];
  readonly inherited: number;
}

/**
 * @param ghosts the group's pending entries that no longer exist
 */
function sampleLoss(look: StreamLook, group: string, ghosts: readonly PendingEntry[]): LossSample {
  return {
    stream: look.stream,
    group,
    atMs: look.atMs,
    trimmedUnread: trimmedUnread(look, group),
    ghosts: ghosts.map((entry) => entry.id),
  };
}

/** What was lost between two samples of the same group. */
export function lossBetween(base: LossSample, now: LossSample): LossVerdict {
  const known = new Set(base.ghosts);
  const ghosts = now.ghosts.filter((id) => !known.has(id));
  const inherited = (base.trimmedUnread ?? 0) + base.ghosts.length;
  const grown =
    base.trimmedUnread === null || now.trimmedUnread === null
      ? null
      : Math.max(0, now.trimmedUnread - base.trimmedUnread);
  const lost = (grown ?? 0) + ghosts.length;
  const verdict = lost > 0 ? 'fail' : grown === null ? 'inconclusive' : 'pass';
  return { verdict, lost, ghosts, inherited };
}

function trimmedUnread(look: StreamLook, name: string): number | null {
  const group = groupIn(look, name);
  if (group === null) return 0;
  // An empty stream has no first entry: whatever it ever had after the cursor is gone.
  const first = look.firstId ?? look.lastGeneratedId;
  if (compareIds(first, group.cursor) <= 0) return 0;
  // Redis has no count for a group that never read, but at the very beginning it is 0.
  const entriesRead = group.cursor === ZERO_ID ? 0 : group.entriesRead;
  if (look.entriesAdded === null || entriesRead === null) {
    // A group at the very beginning of a stream that never lost an entry needs no counter.
    return look.entriesAdded === look.length ? 0 : null;
  }
  // Entries deleted by name count as removed too, but nobody can tell who had read them.
  const deletedAfterCursor =
    look.maxDeletedId !== null && compareIds(look.maxDeletedId, group.cursor) > 0;
  if (deletedAfterCursor) return null;
  return Math.max(0, look.entriesAdded - look.length - entriesRead);
}

/** The sample of the giving group of a stream that was just read. */
export function lossSampleOf(state: StreamState): LossSample {
  const { giving, handoff, look } = state;
  const ghosts = (giving?.pending ?? []).filter((entry) => !giving?.existing.has(entry.id));
  return sampleLoss(look, handoff.giving, ghosts);
}
