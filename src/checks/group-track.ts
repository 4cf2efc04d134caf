import { type GroupLook, isBefore, lagAtLeast, type StreamLook } from '../facts/index.js';
import type { LagState } from './group-lag.js';

/*
 * A track is what a group's figures were over the last minutes, one point a look. It tells what no
 * single look can: how fast entries come in and go out, and whether the group stalls or went back.
 */
export type GroupTrack = readonly TrackPoint[];

export interface TrackPoint {
  /** Redis's clock at the look, in milliseconds. */
  readonly atMs: number;
  /** Entries that the stream ever held; null before Redis 7. */
  readonly entriesAdded: number | null;
  readonly entriesRead: number | null;
  readonly cursor: GroupLook['cursor'];
  readonly lag: number | null;
  readonly pending: number;
  readonly oldestPendingId: GroupLook['oldestPendingId'];
  /** What is certainly owed, without what is parked. */
  readonly work: number;
}

/** How fast a group is, over the last seconds. Null is not known. */
export interface GroupPace {
  /** Entries a second added to the stream. */
  readonly inPerSecond: number | null;
  /** Entries a second that the group is done with. */
  readonly outPerSecond: number | null;
  /** How long until nothing is owed at this pace; `never` where the backlog does not fall. */
  readonly drainMs: number | 'never' | null;
}

/** How far back a track goes. */
const TRACK_MS = 300_000;

/** Long enough to smooth a module that takes its entries by the batch. */
const PACE_MS = 10_000;
/** The longer of the two windows that headroom is reckoned over. */
const LONG_PACE_MS = 60_000;
/** Both buses ask every second; what has not moved for so long does not move by itself. */
const STANDS_AFTER_MS = 60_000;

export function trackPoint(look: StreamLook, group: GroupLook, parked: number): TrackPoint {
  const { cursor, entriesRead, lag, pending, oldestPendingId } = group;
  return {
    atMs: look.atMs,
    entriesAdded: look.entriesAdded,
    entriesRead,
    cursor,
    lag: lag.known ? lag.value : null,
    pending,
    oldestPendingId,
    work: lagAtLeast(lag) + pending - parked,
  };
}

/** The track with a further point. Where the clock went back, as after a failover, it begins anew. */
export function withPoint(track: GroupTrack, point: TrackPoint): GroupTrack {
  const last = track.at(-1);
  if (last !== undefined && last.atMs >= point.atMs) return [point];
  return [...track.filter(({ atMs }) => atMs > point.atMs - TRACK_MS), point];
}

export function paceOf(track: GroupTrack): GroupPace {
  const span = spanOf(track, PACE_MS);
  if (span === null) return { inPerSecond: null, outPerSecond: null, drainMs: null };
  const { from, to } = span;
  const seconds = (to.atMs - from.atMs) / 1_000;
  const added = growth(from.entriesAdded, to.entriesAdded);
  const done = doneBetween(from, to, added);
  const pace = {
    inPerSecond: added === null ? null : added / seconds,
    outPerSecond: done === null ? null : done / seconds,
  };
  return { ...pace, drainMs: drainOf(to, pace) };
}

/** Entries a second that arrive, the higher of two windows as headroom wants it; null where not known. */
export function arrivalPace(track: GroupTrack): number | null {
  const rates = [PACE_MS, LONG_PACE_MS].map((windowMs) => {
    const span = spanOf(track, windowMs);
    const added = span === null ? null : growth(span.from.entriesAdded, span.to.entriesAdded);
    return span === null || added === null
      ? null
      : added / ((span.to.atMs - span.from.atMs) / 1_000);
  });
  const known = rates.filter((rate) => rate !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/**
 * What a track adds to the state that one look gives: a cursor that went back, and a group that is
 * asked for and does not move. A group that is not in use, or not there, keeps its state.
 */
export function stateOver(state: LagState, track: GroupTrack, inUse: boolean): LagState {
  if (!inUse || state === 'missing') return state;
  if (wentBack(track)) return 'rewind';
  return state !== 'stop' && stands(track) ? 'stall' : state;
}

/** The window's first and last point, or the last two where looks are further apart than the window. */
function spanOf(track: GroupTrack, windowMs: number): { from: TrackPoint; to: TrackPoint } | null {
  const to = track.at(-1);
  if (to === undefined) return null;
  const within = track.find(({ atMs }) => atMs >= to.atMs - windowMs);
  const from = within === undefined || within === to ? track.at(-2) : within;
  return from === undefined ? null : { from, to };
}

/** Null where a counter is unknown, or began anew. */
function growth(from: number | null, to: number | null): number | null {
  return from === null || to === null || to < from ? null : to - from;
}

/** Delivered, less what is still in hand: by the group's own counter, else by what lag did not grow. */
function doneBetween(from: TrackPoint, to: TrackPoint, added: number | null): number | null {
  const counted = growth(from.entriesRead, to.entriesRead);
  const lagGrowth = from.lag === null || to.lag === null ? null : to.lag - from.lag;
  const delivered = counted ?? (added === null || lagGrowth === null ? null : added - lagGrowth);
  return delivered === null ? null : Math.max(0, delivered - (to.pending - from.pending));
}

function drainOf(
  { lag, work }: TrackPoint,
  { inPerSecond, outPerSecond }: Omit<GroupPace, 'drainMs'>,
): GroupPace['drainMs'] {
  if (lag === null) return null;
  if (work <= 0) return 0;
  if (inPerSecond === null || outPerSecond === null) return null;
  const falls = outPerSecond - inPerSecond;
  return falls <= 0 ? 'never' : (work / falls) * 1_000;
}

/** It has not yet come to where it was within the time that counts. */
function wentBack(track: GroupTrack): boolean {
  const last = track.at(-1);
  if (last === undefined) return false;
  return track.some(
    ({ atMs, cursor }) => atMs >= last.atMs - STANDS_AFTER_MS && isBefore(last.cursor, cursor),
  );
}

/** Something is owed, and neither the cursor nor the oldest pending entry has moved for long enough. */
function stands(track: GroupTrack): boolean {
  const last = track.at(-1);
  const first = track[0];
  if (last === undefined || first === undefined) return false;
  if (last.atMs - first.atMs < STANDS_AFTER_MS) return false;
  const recent = track.filter(({ atMs }) => atMs >= last.atMs - STANDS_AFTER_MS);
  return recent.every(
    ({ work, cursor, oldestPendingId }) =>
      work > 0 && cursor === last.cursor && oldestPendingId === last.oldestPendingId,
  );
}
