import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LONGEST_COVERED_GAP_MS,
  phase1Criteria,
  type SoakEvidence,
  soakFold,
  soakGate,
} from '../../src/checks/index.js';
import type { Sample } from '../../src/evidence/index.js';
import { sampleAt, THRESHOLDS } from './samples.js';

/*
 * Random weeks in small: samples with gaps, restarts and stops of the bus, steps of the clock, looks
 * without Redis, and breaches; against a model that marks every covered second by hand.
 */

const SECOND = 1_000;
const MB = 2 ** 20;

interface Event {
  readonly kind: 'look' | 'gap' | 'restart' | 'stop' | 'back' | 'fresh' | 'host' | 'breach';
  /** How far the clock goes, in seconds. */
  readonly by: number;
}

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 60, arbitrary: of('look', 1, 60) },
  { weight: 3, arbitrary: of('gap', 61, 400) },
  { weight: 1, arbitrary: of('restart', 1, 60) },
  { weight: 1, arbitrary: of('stop', 1, 60) },
  { weight: 2, arbitrary: of('back', 0, 300) },
  { weight: 2, arbitrary: of('fresh', 1, 60) },
  { weight: 2, arbitrary: of('host', 1, 60) },
  { weight: 1, arbitrary: of('breach', 1, 60) },
);

function of(kind: Event['kind'], min: number, max: number): fc.Arbitrary<Event> {
  return fc.integer({ min, max }).map((by) => ({ kind, by }));
}

interface Seen {
  readonly sample: Sample;
  readonly kind: Event['kind'];
}

function play(events: readonly Event[]): readonly Seen[] {
  let [atMs, pid] = [0, 1];
  return events.map(({ kind, by }) => {
    const before = atMs;
    atMs += (kind === 'back' ? -by : by) * SECOND;
    if (kind === 'restart') pid += 1;
    const down = kind === 'stop';
    const sample = sampleAt(atMs, {
      clock: kind === 'host' ? 'host' : 'redis',
      sinceMs: kind === 'fresh' ? null : Math.max(0, atMs - before),
      target: {
        pid: down ? null : pid,
        service: down ? 'inactive' : 'active',
        rssBytes: (kind === 'breach' ? 120 : 30) * MB,
      },
    });
    return { sample, kind };
  });
}

/** What may be said at most: the covered seconds and the breaches since the bus last began to run. */
function model(seen: readonly Seen[], nowMs: number): { coveredMs: number; breaches: number } {
  const inside = seen.filter(({ sample }) => sample.atMs >= 0 && sample.atMs <= nowMs);
  const pids = inside.map(({ sample }) => sample.target.pid);
  const stops = inside.map(({ kind }, at) => {
    const before = pids.slice(0, at).findLast((pid) => pid !== null) ?? pids[at];
    return kind === 'stop' || before !== pids[at];
  });
  const from = stops.lastIndexOf(true);
  const isDown = inside[from]?.kind === 'stop' && from === inside.length - 1;
  const after = inside.slice(inside[from]?.kind === 'stop' ? from + 1 : Math.max(0, from));
  const seconds = new Set<number>();
  const cover = (fromMs: number, toMs: number): void => {
    if (toMs - fromMs > LONGEST_COVERED_GAP_MS) return;
    for (let at = fromMs; at < toMs; at += SECOND) seconds.add(at);
  };
  let lastMs: number | null = from === -1 ? 0 : null;
  for (const { sample, kind } of after) {
    if (lastMs !== null && kind !== 'host' && sample.sinceMs !== null) cover(lastMs, sample.atMs);
    lastMs = kind === 'host' ? null : sample.atMs;
  }
  if (lastMs !== null && !isDown) cover(lastMs, nowMs);
  return {
    coveredMs: seconds.size * SECOND,
    breaches: after.filter(({ kind }) => kind === 'breach').length,
  };
}

function ask(seen: readonly Seen[], nowMs: number, lengthMs: number): SoakEvidence {
  const criteria = () => phase1Criteria(THRESHOLDS, lengthMs);
  const fold = soakFold({ sinceMs: 0, nowMs }, { criteria });
  for (const { sample } of seen) fold.add(sample);
  return {
    sinceMs: 0,
    nowMs,
    lengthMs,
    everyMs: 10 * SECOND,
    breaches: [],
    parked: 0,
    figures: fold.outcome(),
  };
}

const weeks = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 120 }),
  lateS: fc.integer({ min: 0, max: 100 }),
  lengthS: fc.integer({ min: 11, max: 1_500 }),
});

describe('soak arithmetic', () => {
  it('never passes without coverage, and never with a breach inside', () => {
    let passed = 0;
    fc.assert(
      fc.property(weeks, ({ events, lateS, lengthS }) => {
        const seen = play(events);
        const nowMs = Math.max(0, seen.at(-1)?.sample.atMs ?? 0) + lateS * SECOND;
        const soak = ask(seen, nowMs, lengthS * SECOND);
        const truth = model(seen, nowMs);
        expect(soak.figures.coveredMs).toBeLessThanOrEqual(truth.coveredMs);
        if (soakGate('memory', soak).verdict !== 'pass') return;
        passed += 1;
        expect(truth.coveredMs).toBeGreaterThanOrEqual(soak.lengthMs);
        expect(truth.breaches).toBe(0);
      }),
      { numRuns: 3_000 },
    );
    // A verdict that never passes would keep every promise above.
    expect(passed).toBeGreaterThan(30);
  });

  it('counts every covered second where the clock never went back', () => {
    fc.assert(
      fc.property(weeks, ({ events, lateS, lengthS }) => {
        const seen = play(events.filter(({ kind }) => kind !== 'back'));
        const nowMs = Math.max(0, seen.at(-1)?.sample.atMs ?? 0) + lateS * SECOND;
        const { figures } = ask(seen, nowMs, lengthS * SECOND);
        expect(figures.coveredMs).toBe(model(seen, nowMs).coveredMs);
      }),
      { numRuns: 1_000 },
    );
  });
});
