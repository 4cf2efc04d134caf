import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrivalPace,
  type GroupTrack,
  paceOf,
  stateOver,
  type TrackPoint,
  withPoint,
} from '../../src/checks/index.js';
import { entryId } from '../../src/redis/index.js';

const IDLE: TrackPoint = {
  atMs: 0,
  entriesAdded: 0,
  entriesRead: 0,
  cursor: entryId('0-0'),
  lag: 0,
  pending: 0,
  oldestPendingId: null,
  work: 0,
};

/** One point every second, from what differs. */
function track(...points: readonly Partial<TrackPoint>[]): GroupTrack {
  return points.reduce<GroupTrack>(
    (all, point, at) => withPoint(all, { ...IDLE, atMs: 1_000 * (at + 1), ...point }),
    [],
  );
}

describe('the pace of a group', () => {
  it('is not known from one look', () => {
    const unknown = { inPerSecond: null, outPerSecond: null, drainMs: null };
    expect(paceOf(track({}))).toEqual(unknown);
    expect(paceOf([])).toEqual(unknown);
    expect(arrivalPace(track({ entriesAdded: 5 }))).toBeNull();
  });

  it('tells how long a falling backlog needs', () => {
    const falling = track(
      { entriesAdded: 100, entriesRead: 40, lag: 60, work: 60 },
      { entriesAdded: 110, entriesRead: 70, lag: 40, work: 40 },
    );
    expect(paceOf(falling)).toEqual({ inPerSecond: 10, outPerSecond: 30, drainMs: 2_000 });
  });

  it('never drains what grows or stands, and has nothing to drain where nothing is owed', () => {
    const grows = track(
      { entriesAdded: 100, entriesRead: 100, pending: 0 },
      { entriesAdded: 110, entriesRead: 110, pending: 10, work: 10 },
    );
    expect(paceOf(grows)).toEqual({ inPerSecond: 10, outPerSecond: 0, drainMs: 'never' });
    expect(paceOf(track({}, {})).drainMs).toBe(0);
  });

  it('goes by the lag where the server counts no reads, and is unknown without either', () => {
    const counted = track(
      { entriesAdded: 100, entriesRead: null, lag: 10, work: 10 },
      { entriesAdded: 104, entriesRead: null, lag: 6, work: 6 },
    );
    expect(paceOf(counted).outPerSecond).toBe(8);
    const unknown = track(
      { entriesAdded: 100, entriesRead: null, lag: null },
      { entriesAdded: 104, entriesRead: null, lag: null },
    );
    expect(paceOf(unknown)).toEqual({ inPerSecond: 4, outPerSecond: null, drainMs: null });
  });

  it('is taken over the last ten seconds, the arrivals over a minute where that is more', () => {
    const burst = Array.from({ length: 61 }, (_, at) => ({ entriesAdded: Math.min(at, 30) * 10 }));
    expect(paceOf(track(...burst)).inPerSecond).toBe(0);
    expect(arrivalPace(track(...burst))).toBe(5);
  });

  it('is right for looks further apart than its window', () => {
    const rare = track({ atMs: 0, entriesAdded: 0 }, { atMs: 30_000, entriesAdded: 60 });
    expect(paceOf(rare).inPerSecond).toBe(2);
  });

  it('begins anew where the clock or a counter went back', () => {
    expect(track({ atMs: 9_000 }, { atMs: 8_000 })).toHaveLength(1);
    expect(paceOf(track({ entriesAdded: 50 }, { entriesAdded: 3 })).inPerSecond).toBeNull();
  });

  it('adds up: what came in less what went out is what the backlog grew by', () => {
    const step = fc.record({
      added: fc.nat(50),
      delivered: fc.nat(50),
      acked: fc.nat(50),
      ms: fc.integer({ min: 1, max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let point = IDLE;
        let all = withPoint([], point);
        for (const { added, delivered, acked, ms } of steps) {
          const lag = (point.lag ?? 0) + added;
          const read = Math.min(delivered, lag);
          const pending = point.pending + read - Math.min(acked, point.pending + read);
          point = {
            ...point,
            atMs: point.atMs + ms,
            entriesAdded: (point.entriesAdded ?? 0) + added,
            entriesRead: (point.entriesRead ?? 0) + read,
            lag: lag - read,
            pending,
            work: lag - read + pending,
          };
          all = withPoint(all, point);
        }
        const from = all.find(({ atMs }) => atMs >= point.atMs - 10_000) ?? point;
        const { inPerSecond, outPerSecond } = paceOf(all);
        const grown =
          ((inPerSecond ?? 0) - (outPerSecond ?? 0)) * ((point.atMs - from.atMs) / 1_000);
        expect(grown).toBeCloseTo(point.work - from.work, 6);
      }),
    );
  });
});

describe('the state over time', () => {
  const moving = (cursor: string, more: Partial<TrackPoint> = {}) => ({
    cursor: entryId(cursor),
    work: 1,
    ...more,
  });
  const standing = (seconds: number) =>
    track(...Array.from({ length: seconds + 1 }, () => moving('5-0', { pending: 1 })));

  it('stalls where something is owed and nothing has moved for a minute', () => {
    expect(stateOver('ok', standing(59), true)).toBe('ok');
    expect(stateOver('ok', standing(60), true)).toBe('stall');
    expect(stateOver('warn', standing(60), true)).toBe('stall');
    const nothingOwed = track(...Array.from({ length: 90 }, () => moving('5-0', { work: 0 })));
    expect(stateOver('ok', nothingOwed, true)).toBe('ok');
  });

  it('does not stall while the cursor or the oldest pending entry moves on', () => {
    const moves = Array.from({ length: 61 }, (_, at) => moving(at < 30 ? '5-0' : '6-0'));
    expect(stateOver('ok', track(...moves), true)).toBe('ok');
    const acked = Array.from({ length: 61 }, (_, at) =>
      moving('5-0', { oldestPendingId: entryId(at < 30 ? '3-0' : '4-0') }),
    );
    expect(stateOver('ok', track(...acked), true)).toBe('ok');
  });

  it('says that a cursor went back until it is where it was', () => {
    expect(stateOver('ok', track(moving('5-0'), moving('3-0')), true)).toBe('rewind');
    expect(stateOver('ok', track(moving('5-0'), moving('3-0'), moving('5-0')), true)).toBe('ok');
    // A counter is no text: 10 comes after 9.
    expect(stateOver('ok', track(moving('9-0'), moving('10-0')), true)).toBe('ok');
  });

  it('keeps what one look says where nobody asks, nobody is to read, or nothing is there', () => {
    expect(stateOver('stop', standing(60), true)).toBe('stop');
    expect(stateOver('ok', standing(60), false)).toBe('ok');
    expect(stateOver('missing', standing(60), true)).toBe('missing');
  });
});
