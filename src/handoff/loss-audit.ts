import {
  allPending,
  existingIds,
  type GroupLook,
  groupIn,
  type PendingEntry,
  type StreamLook,
} from '../facts/index.js';
import { compareIds, predecessorOf, type RedisLink, trimmedUnread } from '../redis/index.js';
import type { StreamState } from './group-state.js';

/*
 * The loss audit. Redis counts entries added and entries read, which tells what was trimmed unread. The
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
  const found = groupIn(look, group);
  return {
    stream: look.stream,
    group,
    atMs: look.atMs,
    trimmedUnread: found === null ? 0 : trimmedUnread({ ...look, ...found }),
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

/**
 * What one group has lost by now. Its pending entries are only asked for where one of them can be gone:
 * below the first entry of the stream, or up to the newest one that was deleted.
 * @throws {OrionError} when Redis does not answer
 */
export async function lookAtLoss(
  link: RedisLink,
  look: StreamLook,
  group: GroupLook,
): Promise<LossSample> {
  const { oldestPendingId } = group;
  const gone = [predecessorOf(look.firstId ?? look.lastGeneratedId), look.maxDeletedId];
  const mayBeGone =
    oldestPendingId !== null &&
    gone.some((id) => id !== null && compareIds(oldestPendingId, id) <= 0);
  if (!mayBeGone) return sampleLoss(look, group.name, []);
  const pending = await allPending(link, look.stream, group.name);
  const ids = pending.map(({ id }) => id);
  const existing = await existingIds(link, look.stream, ids);
  return sampleLoss(
    look,
    group.name,
    pending.filter(({ id }) => !existing.has(id)),
  );
}

/** The sample of the giving group of a stream that was just read. */
export function lossSampleOf(state: StreamState): LossSample {
  const { giving, handoff, look } = state;
  const ghosts = (giving?.pending ?? []).filter((entry) => !giving?.existing.has(entry.id));
  return sampleLoss(look, handoff.giving, ghosts);
}
