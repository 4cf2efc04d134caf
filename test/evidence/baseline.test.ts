import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Baseline,
  baselineOf,
  readBaseline,
  type Sample,
  writeBaseline,
} from '../../src/evidence/index.js';
import { busySample } from './week.js';

const START_MS = Date.parse('2026-03-01T00:00:00Z');

/** A sample of one stream, one group and one module, so that every figure can be told by hand. */
function plainSample(n: number, change: Partial<Sample> = {}): Sample {
  const [stream] = busySample(n, START_MS).streams;
  const [group] = busySample(n, START_MS).groups;
  const [module] = busySample(n, START_MS).modules;
  if (!stream || !group || !module) throw new Error('a sample has each of them');
  return {
    ...busySample(n, START_MS),
    sinceMs: n === 0 ? null : 10_000,
    streams: [
      {
        ...stream,
        entriesAdded: 1_000 + 20 * n,
        checked: n === 0 ? 7 : 20,
        bySource: { 'orion-guardian': 15, 'orion-brain': 5 },
        publishP95Ms: n === 6 ? 90 : 4,
      },
    ],
    groups: [{ ...group, side: 'source', entriesRead: 900 + 10 * n, lag: n, handlingMs: 30 }],
    modules: [{ ...module, errors: n === 3 ? 2 : 0 }],
    ...change,
  };
}

const MINUTE = Array.from({ length: 7 }, (_, n) => plainSample(n));

describe('a baseline', () => {
  it('holds the figures of the period that its samples cover', () => {
    const [first] = MINUTE;
    const group = first?.groups[0]?.group ?? '';
    const stream = first?.streams[0]?.stream ?? '';
    const found = baselineOf(MINUTE);
    expect(found).toMatchObject({
      capturedAt: '2026-03-01T00:01:00.000Z',
      durationMs: 60_000,
      samples: 6,
      memoryBytes: Math.max(...MINUTE.map(({ source }) => source.rssBytes ?? 0)),
      // One of six samples is slower: the 95th percentile lies in it.
      publishP95Ms: 90,
      subscribeP95Ms: 30,
      errorsPerMinute: { memory: 2 },
      lag: [{ stream, group, module: 'memory', average: 3.5, worst: 6 }],
      messagesPerMinute: { [stream]: 120 },
      bySourcePerMinute: { 'orion-guardian': 90, 'orion-brain': 30 },
      handledPerMinute: { memory: 60 },
    } satisfies Partial<Baseline>);
  });

  it.each<[string, (sample: Sample) => Sample, Partial<Baseline>]>([
    ['memory', (s) => ({ ...s, source: { ...s.source, rssBytes: null } }), { memoryBytes: null }],
    [
      'errors',
      (s) => ({ ...s, modules: s.modules.map((m) => ({ ...m, errors: null })) }),
      { errorsPerMinute: { memory: null } },
    ],
    [
      'a counter',
      (s) => ({ ...s, groups: s.groups.map((g) => ({ ...g, entriesRead: null })) }),
      { handledPerMinute: { memory: null } },
    ],
    [
      'latency',
      (s) => ({ ...s, streams: s.streams.map((t) => ({ ...t, publishP95Ms: null })) }),
      { publishP95Ms: null },
    ],
  ])('does not know %s that one sample does not know', (_, change, expected) => {
    const samples = MINUTE.map((sample, n) =>
      expected.memoryBytes === null || n === 3 || expected.publishP95Ms === null
        ? change(sample)
        : sample,
    );
    expect(baselineOf(samples)).toMatchObject(expected);
  });

  it('is none without a period', () => {
    expect(baselineOf([])).toBeNull();
    expect(baselineOf([plainSample(0)])).toBeNull();
    expect(baselineOf([plainSample(0), plainSample(1, { sinceMs: null })])).toBeNull();
  });

  it('is stored whole, for nobody else to read', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'orion-baseline-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    expect(await readBaseline(stateDir)).toBeNull();
    const baseline = baselineOf(MINUTE);
    if (baseline === null) throw new Error('there is a baseline');
    const path = await writeBaseline(stateDir, baseline);
    expect(await readBaseline(stateDir)).toEqual(baseline);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, '{"v":1');
    await expect(readBaseline(stateDir)).rejects.toMatchObject({ code: 'baseline.damaged' });
  });
});
