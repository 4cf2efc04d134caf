import type { GroupSample, Sample, StreamSample } from '../../src/evidence/index.js';

/*
 * A migration as it would be sampled: 8 streams at 200 messages a second together, 15 groups that all
 * keep up, five modules, two buses. Everything that moves in reality moves here from sample to sample,
 * so that what is measured on it is measured at its worst.
 */

export const EVERY_MS = 10_000;
const GROUPS = 15;
const STREAMS = 8;
const PER_SECOND = 200;

/** The sample number `n` of a migration that began at `startMs`. */
export function busySample(n: number, startMs: number): Sample {
  const atMs = startMs + n * EVERY_MS;
  const bus = {
    service: 'active',
    healthy: true,
    healthMs: 2 + wobble(n, 5),
    pid: 4_711,
    rssBytes: 80_000_000 + wobble(n, 1_000) * 4_096,
    refused: 0,
    contractLogErrors: 0,
  } as const;
  return {
    atMs,
    clock: 'redis',
    sinceMs: n === 0 ? null : EVERY_MS + wobble(n, 7) - 3,
    target: bus,
    source: { ...bus, healthy: null, healthMs: null, pid: 815, refused: null },
    streams: Array.from({ length: STREAMS }, (_, index) => streamSample(n, index)),
    groups: Array.from({ length: GROUPS }, (_, index) => groupSample(n, index, atMs)),
    modules: ['memory', 'guardian', 'brain', 'commander', 'approval'].map((module, index) => ({
      module,
      service: 'active',
      pid: 1_000 + index,
      settings: index < 2 ? 'target' : 'source',
      errors: wobble(n + index, 40) === 0 ? 1 : 0,
      critical: 0,
    })),
    redisLogErrors: 0,
    validation: null,
  };
}

function streamSample(n: number, index: number): StreamSample {
  const checked = (PER_SECOND * EVERY_MS) / 1_000 / STREAMS + wobble(n + index, 20);
  return {
    stream: `orion:stream-${index}s`,
    length: 10_000 + wobble(n + index, 100),
    entriesAdded: n * 260 + wobble(n + index, 20),
    checked,
    unchecked: 0,
    violations: 0,
    bySource: { 'orion-guardian': Math.floor(checked / 2), 'orion-brain': Math.ceil(checked / 2) },
    publishP95Ms: 3 + wobble(n + index, 6),
  };
}

function groupSample(n: number, index: number, atMs: number): GroupSample {
  const pending = wobble(n + index, 12);
  const side = index % 2 === 0 ? 'source' : 'target';
  return {
    stream: `orion:stream-${index % STREAMS}s`,
    group: `orion-module-${index}-group${side === 'target' ? '-go' : ''}`,
    module: 'memory',
    side,
    cursor: `${atMs - wobble(n + index, 90)}-${wobble(n, 2)}`,
    lag: wobble(n + index, 4),
    lagAtLeast: wobble(n + index, 4),
    pending,
    parked: 0,
    entriesRead: n * 260 + wobble(n + index, 20),
    consumers: 1,
    oldestPendingMs: pending === 0 ? null : wobble(n + index, 60),
    oldestUndeliveredMs: wobble(n + index, 4) === 0 ? null : 1 + wobble(n + index, 3),
    headroomEntries: 9_990 - wobble(n + index, 15),
    lost: 0,
    handlingMs: pending === 0 ? null : pending * 40,
  };
}

/** A number below `most` that looks like chance and is the same every time. */
function wobble(n: number, most: number): number {
  return ((n * 2_654_435_761) >>> 7) % most;
}
