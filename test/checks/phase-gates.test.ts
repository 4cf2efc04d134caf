import { describe, expect, it } from 'vitest';
import {
  burnInCriteria,
  type CriterionName,
  type CriterionVerdict,
  checklistGate,
  finalCriteria,
  moduleCriteria,
  phase2Criteria,
  phase2Gate,
  soakFold,
} from '../../src/checks/index.js';
import type { Baseline, Sample } from '../../src/evidence/index.js';
import { type Changes, EVERY, HOUR, MINUTE, samples, THRESHOLDS } from './samples.js';

const MB = 2 ** 20;

/** What memory came to on the source: 60 messages a minute, all handled, one in six answered. */
const BASELINE: Baseline = {
  v: 1,
  capturedAt: '2026-01-01T00:00:00Z',
  durationMs: HOUR,
  samples: 360,
  memoryBytes: 150 * MB,
  publishP95Ms: 50,
  subscribeP95Ms: 50,
  errorsPerMinute: { memory: 1 },
  lag: [],
  messagesPerMinute: { 'orion:events': 60 },
  bySourcePerMinute: { 'orion-memory': 10 },
  handledPerMinute: { memory: 60 },
};

/** Samples of an hour of the baseline's traffic, on the target. */
function hour(changes: (n: number) => Changes = () => ({})): readonly Sample[] {
  return samples(0, HOUR, (atMs) => {
    const n = atMs / EVERY;
    const { stream, group, ...more } = changes(n);
    return {
      stream: {
        entriesAdded: 10 * n,
        checked: 10,
        bySource: { 'orion-memory': n % 6 === 0 ? 10 : 0 },
        ...stream,
      },
      group: { entriesRead: 10 * n, ...group },
      ...more,
    };
  });
}

const ALL = () => [
  ...moduleCriteria({ name: 'memory', service: 'orion-memory' }, THRESHOLDS, BASELINE),
  ...burnInCriteria(THRESHOLDS, BASELINE, HOUR),
  ...finalCriteria(THRESHOLDS),
];

function verdicts(seen: readonly Sample[], criteria = ALL): ReadonlyMap<string, CriterionVerdict> {
  const fold = soakFold({ sinceMs: 0, nowMs: HOUR }, { criteria, startsAgain: false });
  for (const sample of seen) fold.add(sample);
  return new Map(fold.outcome().criteria.map((each) => [each.criterion, each]));
}

const timed: Changes = { stream: { publishP95Ms: 3 }, group: { handlingMs: 4 } };

describe('a criterion of the guide', () => {
  it('passes over an hour as good as the baseline', () => {
    const found = verdicts(hour(() => timed));
    expect([...found].filter(([, { verdict }]) => verdict !== 'pass')).toEqual([]);
  });

  it('is inconclusive of nothing, every one', () => {
    expect([...verdicts([]).values()].filter(({ verdict }) => verdict !== 'inconclusive')).toEqual(
      [],
    );
  });

  const once =
    (changes: Changes) =>
    (n: number): Changes =>
      n === 100 ? changes : {};
  it.each<[CriterionName, string, (n: number) => Changes, string]>([
    ['no-crash', 'another pid', (n) => ({ target: { pid: n < 100 ? 1 : 2 } }), 'fail'],
    ['no-crash', 'no pid known', () => ({ target: { pid: null } }), 'inconclusive'],
    [
      'uptime',
      'a minute of an hour down',
      (n) => ({ target: { service: n >= 100 && n < 106 ? 'failed' : 'active' } }),
      'fail',
    ],
    ['memory', 'once at the target', once({ target: { rssBytes: 100 * MB } }), 'fail'],
    ['memory-trend', 'a leak', (n) => ({ target: { rssBytes: (20 + n / 6) * MB } }), 'fail'],
    [
      'memory-trend',
      'warming up',
      (n) => ({ target: { rssBytes: Math.min(60, 30 + n) * MB } }),
      'pass',
    ],
    ['contracts', 'one against its contract', once({ stream: { violations: 1 } }), 'fail'],
    ['contracts', 'one turned away', once({ target: { contractLogErrors: 1 } }), 'fail'],
    ['contracts', 'most passed over', () => ({ stream: { unchecked: 1_000 } }), 'inconclusive'],
    ['lag', 'once at the target', once({ group: { lag: 100 } }), 'fail'],
    ['lag', 'once below it', once({ group: { lag: 99 } }), 'pass'],
    ['lag', 'unknown', () => ({ group: { lag: null } }), 'inconclusive'],
    ['lag-average', 'fifty all the time', () => ({ group: { lag: 50 } }), 'fail'],
    ['lag-average', 'a short burst', once({ group: { lag: 5_000 } }), 'pass'],
    [
      'pending',
      'in hand for two minutes',
      (n) => ({ group: n > 100 && n < 113 ? { pending: 1, oldestPendingMs: 90_000 } : {} }),
      'fail',
    ],
    [
      'pending',
      'young and always some',
      () => ({ group: { pending: 3, oldestPendingMs: 5 } }),
      'pass',
    ],
    ['pending', 'parked at the end', () => ({ group: { pending: 1, parked: 1 } }), 'fail'],
    [
      'errors',
      'as many as before and half',
      (n) => ({ module: { errors: n % 4 === 0 ? 1 : 0 } }),
      'pass',
    ],
    ['errors', 'twice as many', (n) => ({ module: { errors: n % 3 === 0 ? 1 : 0 } }), 'fail'],
    ['errors', 'one critical', once({ module: { errors: 1, critical: 1 } }), 'fail'],
    ['errors', 'not countable', () => ({ module: { errors: null } }), 'inconclusive'],
    ['behaviour', 'half of it handled', (n) => ({ group: { entriesRead: 4 * n } }), 'inconclusive'],
    [
      'behaviour',
      'twice the answers',
      (n) => ({ stream: { bySource: { 'orion-memory': n % 3 === 0 ? 10 : 0 } } }),
      'inconclusive',
    ],
    [
      'behaviour',
      'twice the traffic',
      (n) => ({
        stream: { entriesAdded: 20 * n, bySource: { 'orion-memory': n % 3 === 0 ? 10 : 0 } },
        group: { entriesRead: 20 * n },
      }),
      'pass',
    ],
    ['loss', 'one entry', (n) => ({ group: { lost: n < 100 ? 0 : 1 } }), 'fail'],
    ['loss', 'nobody can tell', () => ({ group: { lost: null } }), 'inconclusive'],
    ['publish-latency', 'at the target', () => ({ stream: { publishP95Ms: 10 } }), 'fail'],
    [
      'publish-latency',
      'of one in fifty',
      (n) => ({ stream: { publishP95Ms: n % 50 === 0 ? 500 : 2 } }),
      'pass',
    ],
    ['subscribe-latency', 'never timed', () => ({}), 'inconclusive'],
    [
      'traffic',
      'the source runs',
      once({ source: { ...(hour()[0]?.source as Sample['source']), service: 'active' } }),
      'fail',
    ],
    ['traffic', 'a module on the source', once({ module: { settings: 'source' } }), 'fail'],
    [
      'traffic',
      'a stranger writes',
      once({ stream: { bySource: { stranger: 1 } } }),
      'inconclusive',
    ],
  ])('%s: %s', (criterion, _name, changes, verdict) => {
    expect(verdicts(hour(changes)).get(criterion)?.verdict).toBe(verdict);
  });

  const gap = (arrived: number | null, group: Changes['group'] = {}): readonly Sample[] => [
    ...samples(0, MINUTE, { group: { headroomEntries: 1_000 }, stream: { entriesAdded: 500 } }),
    ...samples(3 * MINUTE, 4 * MINUTE, {
      group: { headroomEntries: 1_000, ...group },
      stream: { entriesAdded: arrived === null ? null : 500 + arrived },
    }),
  ];
  it.each<[string, readonly Sample[], string]>([
    ['as much as there was room for', gap(1_000), 'pass'],
    ['more than there was room for', gap(1_001), 'inconclusive'],
    ['a stream begun anew', gap(-1), 'inconclusive'],
    ['nobody counts, and few were read', gap(null), 'pass'],
    [
      'nobody counts, and another process looks',
      gap(null).map((each) => (each.atMs === 3 * MINUTE ? { ...each, sinceMs: null } : each)),
      'inconclusive',
    ],
    ['more than there was room for, and a loss', gap(1_001, { lost: 1 }), 'fail'],
    [
      'a stream that is never trimmed',
      gap(1_001).map((each) => ({
        ...each,
        groups: each.groups.map((group) => ({ ...group, headroomEntries: null })),
      })),
      'pass',
    ],
    [
      'without a gap, ever so much',
      samples(0, MINUTE, { group: { headroomEntries: 1_000 } }).map((each, at) => ({
        ...each,
        streams: each.streams.map((stream) => ({ ...stream, entriesAdded: 5_000 * at })),
      })),
      'pass',
    ],
  ])('loss, in a gap between samples: %s', (_name, seen, verdict) => {
    expect(verdicts(seen).get('loss')?.verdict).toBe(verdict);
  });

  it('compares with nothing where there is no baseline', () => {
    const criteria = () => [
      ...moduleCriteria({ name: 'memory', service: 'orion-memory' }, THRESHOLDS, null),
    ];
    const found = verdicts(
      hour((n) => ({ module: { errors: n === 9 ? 1 : 0 } })),
      criteria,
    );
    expect(found.get('errors')?.verdict).toBe('inconclusive');
    expect(found.get('behaviour')?.verdict).toBe('inconclusive');
    expect(verdicts(hour(), criteria).get('errors')?.verdict).toBe('pass');
  });

  it('tells the worst of every hour', () => {
    const lag = verdicts(hour(once({ group: { lag: 70, pending: 5 } }))).get('lag');
    expect(lag?.figures).toMatchObject({
      worst: 75,
      hourlyWorst: [
        [0, 75],
        [HOUR, 0],
      ],
    });
  });
});

describe('phase 2', () => {
  const state = (name: 'soaked' | 'source') => ({ name, because: '', soakLeftMs: null });
  const lossOf = (verdict: CriterionVerdict['verdict']): CriterionVerdict => ({
    ...{ criterion: 'loss' as const, verdict, message: 'of loss', figures: {} },
  });

  function gate(
    changes: Partial<Parameters<typeof phase2Gate>[0]> = {},
    seen: readonly Sample[] = hour(),
  ): ReturnType<typeof phase2Gate> {
    const fold = soakFold(
      { sinceMs: 0, nowMs: HOUR },
      { criteria: () => phase2Criteria(THRESHOLDS, BASELINE) },
    );
    for (const sample of seen) fold.add(sample);
    return phase2Gate({
      modules: [{ module: 'memory', state: state('soaked'), readers: ['target'] }],
      soak: {
        ...{ sinceMs: 0, nowMs: HOUR, lengthMs: HOUR, everyMs: EVERY, breaches: [], parked: 0 },
        figures: fold.outcome(),
      },
      loss: lossOf('pass'),
      ...changes,
    });
  }

  it.each<[string, ReturnType<typeof phase2Gate>, string]>([
    ['complete', gate(), 'pass'],
    ['of no module', gate({ modules: [] }), 'fail'],
    [
      'with a module on the source',
      gate({ modules: [{ module: 'brain', state: state('source'), readers: [] }] }),
      'fail',
    ],
    [
      'with a reader on the source',
      gate({ modules: [{ module: 'brain', state: state('soaked'), readers: ['source'] }] }),
      'fail',
    ],
    [
      'where nobody could look',
      gate({ modules: [{ module: 'brain', state: state('soaked'), readers: null }] }),
      'inconclusive',
    ],
    ['with a loss', gate({ loss: lossOf('fail') }), 'fail'],
    ['with a loss in doubt', gate({ loss: lossOf('inconclusive') }), 'inconclusive'],
    [
      'with too high a lag',
      gate(
        {},
        hour(() => ({ group: { lag: 100 } })),
      ),
      'fail',
    ],
    [
      'with more errors',
      gate(
        {},
        hour(() => ({ module: { errors: 5 } })),
      ),
      'fail',
    ],
    [
      'not watched',
      gate(
        {},
        hour().filter(({ atMs }) => atMs < 30 * MINUTE),
      ),
      'inconclusive',
    ],
  ])('%s', (_name, result, verdict) => {
    expect([result.gate, result.verdict, result.message]).toEqual([
      'phase2',
      verdict,
      result.message,
    ]);
  });
});

describe('the checklist', () => {
  const item = (status: 'pass' | 'warn' | 'fail' | 'skip') => ({
    id: status,
    status,
    message: status,
  });

  it.each([
    [['pass', 'pass'], 'pass'],
    [['pass', 'fail', 'skip'], 'fail'],
    [['pass', 'skip'], 'inconclusive'],
    [['warn'], 'inconclusive'],
  ] as const)('of %j: %s', (statuses, verdict) => {
    expect(checklistGate(statuses.map(item))).toMatchObject({ gate: 'checklist', verdict });
  });
});
