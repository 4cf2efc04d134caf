import type { GroupSample, Sample, StreamSample } from '../evidence/index.js';
import { isInUse } from './fold.js';

/*
 * Loss is seen by comparing counters from one look to the next (handoff 12). Where more has arrived
 * between two looks than the headroom had room for, trimming may have passed the group, and whatever
 * has set its counters since has taken the traces away: nobody can tell any more.
 */

/**
 * The groups in use for which that may be so, as `group on stream`.
 * @param module null for the groups of all modules
 */
export function overrunBetween(
  before: Sample,
  now: Sample,
  module: string | null,
): readonly string[] {
  return before.groups
    .filter((group) => module === null || group.module === module)
    .filter((group) => isInUse(group, before.modules) && mayBePassed(group, before, now))
    .map(({ stream, group }) => `${group} on ${stream}`);
}

/** A stream that is never trimmed has no headroom to be told, and passes nobody. */
function mayBePassed(
  { stream, headroomEntries }: GroupSample,
  before: Sample,
  now: Sample,
): boolean {
  if (headroomEntries === null) return false;
  const arrived = arrivedBetween(streamIn(before, stream), streamIn(now, stream), now.sinceMs);
  return arrived === null || arrived > headroomEntries;
}

/** Null where it cannot be told: the stream is gone, or was begun anew. */
function arrivedBetween(
  before: StreamSample | undefined,
  now: StreamSample | undefined,
  sinceMs: number | null,
): number | null {
  if (before === undefined || now === undefined) return null;
  if (before.entriesAdded !== null && now.entriesAdded !== null) {
    const arrived = now.entriesAdded - before.entriesAdded;
    return arrived < 0 ? null : arrived;
  }
  return sinceMs === null ? null : now.checked + now.unchecked;
}

function streamIn({ streams }: Sample, name: string): StreamSample | undefined {
  return streams.find(({ stream }) => stream === name);
}
