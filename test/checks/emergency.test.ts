import { describe, expect, it } from 'vitest';
import {
  DECISION_MATRIX,
  type Emergency,
  type EmergencyContext,
  emergencyFold,
  emergencyOf,
  type Issue,
  type MatrixAction,
  type MatrixPhase,
  type MigrationPhase,
  matrixPhaseOf,
} from '../../src/checks/index.js';
import type { Sample } from '../../src/evidence/index.js';
import { type Changes, DAY, EVERY, MINUTE, sampleAt, samples, THRESHOLDS } from './samples.js';

const MB = 2 ** 20;
const CONTEXT: EmergencyContext = {
  phase: 2,
  thresholds: THRESHOLDS,
  baseline: { errorsPerMinute: { memory: 1 } },
  onTarget: ['brain', 'memory'],
};

function judge(seen: readonly Sample[], context: Partial<EmergencyContext> = {}): Emergency {
  const fold = emergencyFold(THRESHOLDS);
  for (const sample of seen) fold.add(sample);
  return emergencyOf(fold.outcome(), { ...CONTEXT, ...context });
}

function verdictOf(issue: Issue, seen: readonly Sample[], context: Partial<EmergencyContext> = {}) {
  return judge(seen, context).issues.find((each) => each.issue === issue)?.verdict;
}

/** Ten good minutes, and then so long of something else. */
function lately(ms: number, changes: Changes): readonly Sample[] {
  return [...samples(0, 10 * MINUTE), ...samples(10 * MINUTE + EVERY, 10 * MINUTE + ms, changes)];
}

describe('an emergency criterion', () => {
  it('holds nowhere while all is well, and all of them can be told', () => {
    const { issues, holding, answer, inDoubt } = judge(samples(0, 10 * MINUTE));
    expect(issues.map(({ issue, verdict }) => [issue, verdict])).toEqual(
      DECISION_MATRIX.map(({ issue }) => [issue, 'pass']),
    );
    expect([holding, answer, inDoubt]).toEqual([[], null, []]);
  });

  it('passes nowhere without a sample', () => {
    for (const { verdict } of judge([]).issues) expect(verdict).toBe('inconclusive');
  });

  it.each<[Issue, string, readonly Sample[], string]>([
    ['lag', '1,000 for ten minutes', lately(10 * MINUTE, { group: { lag: 1_000 } }), 'pass'],
    ['lag', '1,001 for five', lately(5 * MINUTE + EVERY, { group: { lag: 1_001 } }), 'pass'],
    ['lag', '1,001 for longer', lately(5 * MINUTE + 2 * EVERY, { group: { lag: 1_001 } }), 'fail'],
    [
      'lag',
      'parked',
      lately(9 * MINUTE, { group: { lag: 0, pending: 2_000, parked: 2_000 } }),
      'pass',
    ],
    [
      'lag',
      'unknown, above',
      lately(9 * MINUTE, { group: { lag: null, lagAtLeast: 1_001 } }),
      'fail',
    ],
    [
      'lag',
      'of a group not read',
      lately(9 * MINUTE, { group: { lag: 5_000 }, module: { settings: 'source' } }),
      'pass',
    ],
    ['memory', 'at the alert', lately(9 * MINUTE, { target: { rssBytes: 150 * MB } }), 'pass'],
    ['memory', 'above for four', lately(4 * MINUTE, { target: { rssBytes: 151 * MB } }), 'pass'],
    ['memory', 'above for nine', lately(9 * MINUTE, { target: { rssBytes: 151 * MB } }), 'fail'],
    ['memory', 'not measured', lately(9 * MINUTE, { target: { rssBytes: null } }), 'inconclusive'],
    [
      'contract-errors',
      '1 in 100',
      lately(EVERY, { stream: { checked: 100, violations: 1 } }),
      'pass',
    ],
    [
      'contract-errors',
      '2 in 100',
      lately(EVERY, { stream: { checked: 100, violations: 2 } }),
      'fail',
    ],
    [
      'contract-errors',
      '1 in 10',
      lately(EVERY, { stream: { checked: 10, violations: 1 } }),
      'inconclusive',
    ],
    [
      'contract-errors',
      '2 turned away of 12',
      lately(EVERY, { stream: { checked: 10 }, target: { contractLogErrors: 2 } }),
      'fail',
    ],
    [
      'contract-errors',
      'over for six minutes',
      [
        ...lately(EVERY, { stream: { checked: 9, violations: 9 } }),
        ...samples(11 * MINUTE, 16 * MINUTE),
      ],
      'pass',
    ],
    ['processing-errors', 'as many as before', lately(MINUTE, { module: { errors: 0.2 } }), 'pass'],
    ['processing-errors', 'a few more', lately(MINUTE, { module: { errors: 2 } }), 'inconclusive'],
    ['processing-errors', 'many more', lately(MINUTE, { module: { errors: 10 } }), 'fail'],
    ['processing-errors', 'one critical', lately(MINUTE, { module: { critical: 1 } }), 'fail'],
    ['data-loss', 'one entry', lately(EVERY, { group: { lost: 1 } }), 'fail'],
    ['data-loss', 'nobody can tell', lately(9 * MINUTE, { group: { lost: null } }), 'inconclusive'],
    [
      'data-loss',
      'of a group not read',
      lately(EVERY, { group: { lost: 1, side: 'source' } }),
      'pass',
    ],
    [
      'bus-crash',
      'down in one look',
      lately(EVERY, { target: { service: 'failed' } }),
      'inconclusive',
    ],
    ['bus-crash', 'down in two', lately(2 * EVERY, { target: { service: 'failed' } }), 'fail'],
    ['bus-crash', 'started again once', lately(EVERY, { target: { pid: 7 } }), 'inconclusive'],
    ['bus-crash', 'silent for long', lately(9 * MINUTE, { target: { healthy: false } }), 'fail'],
  ])('%s, %s', (issue, _name, seen, verdict) => {
    expect(verdictOf(issue, seen)).toBe(verdict);
  });

  it('is held by the clock: a gap, a step back and a short fall each begin it anew', () => {
    const over = { group: { lag: 1_001 } };
    const long = samples(0, 4 * MINUTE, over);
    const cases = {
      gap: [...long, ...samples(9 * MINUTE, 12 * MINUTE, over)],
      back: [...long, ...samples(0, 4 * MINUTE, over)],
      fall: [...long, sampleAt(4 * MINUTE + EVERY), ...samples(5 * MINUTE, 9 * MINUTE, over)],
    };
    for (const seen of Object.values(cases)) expect(verdictOf('lag', seen)).toBe('pass');
    expect(verdictOf('lag', samples(0, 8 * MINUTE, over))).toBe('fail');
  });

  it('cannot tell of a loss where more arrived in a gap than the headroom had room for', () => {
    const room = { group: { headroomEntries: 500 } };
    const withGap = (arrived: number): readonly Sample[] => [
      ...samples(0, 2 * MINUTE, room),
      ...samples(5 * MINUTE, 6 * MINUTE, { ...room, stream: { entriesAdded: arrived } }),
    ];
    expect(verdictOf('data-loss', withGap(500))).toBe('pass');
    expect(verdictOf('data-loss', withGap(501))).toBe('inconclusive');
    const lost = [...withGap(501), sampleAt(6 * MINUTE + EVERY, { ...room, group: { lost: 2 } })];
    expect(verdictOf('data-loss', lost)).toBe('fail');
  });

  it('counts a loss once, not in every sample that still knows of it', () => {
    const seen = lately(9 * MINUTE, { group: { lost: 3 } });
    expect(verdictOf('data-loss', seen)).toBe('pass');
    expect(judge(lately(MINUTE, { group: { lost: 3 } })).holding[0]?.message).toContain(
      '3 messages',
    );
  });
});

describe('the decision matrix', () => {
  /** The guide's table, and data loss: an immediate rollback wherever something can go back. */
  const TABLE: readonly [Issue, ...MatrixAction[]][] = [
    ['bus-crash', 'stop', 'revert-module', 'full-rollback'],
    ['memory', 'monitor', 'revert-module', 'full-rollback'],
    ['contract-errors', 'stop', 'revert-module', 'full-rollback'],
    ['lag', 'n/a', 'revert-module', 'full-rollback'],
    ['processing-errors', 'n/a', 'revert-module', 'full-rollback'],
    ['data-loss', 'stop', 'full-rollback', 'full-rollback'],
  ];

  it('is the guide’s', () => {
    expect(
      DECISION_MATRIX.map(({ issue, actions }) => [issue, actions[1], actions[2], actions[3]]),
    ).toEqual(TABLE);
  });

  const ILL: Readonly<Record<Issue, readonly Sample[]>> = {
    'bus-crash': lately(MINUTE, { target: { service: 'failed' } }),
    memory: lately(9 * MINUTE, { target: { rssBytes: 151 * MB } }),
    'contract-errors': lately(MINUTE, { stream: { checked: 10, violations: 5 } }),
    lag: lately(9 * MINUTE, { group: { lag: 1_001 } }),
    'processing-errors': lately(MINUTE, { module: { errors: 10 } }),
    'data-loss': lately(MINUTE, { group: { lost: 1 } }),
  };

  it.each<[Issue, MatrixPhase, string | null]>([
    ['bus-crash', 1, 'orion-bus rollback --phase 1'],
    ['bus-crash', 2, 'orion-bus rollback --phase 2 --module brain'],
    ['bus-crash', 3, 'orion-bus rollback --phase 3'],
    ['memory', 1, null],
    ['contract-errors', 1, null],
    ['contract-errors', 2, 'orion-bus rollback --phase 2 --module brain'],
    ['lag', 2, 'orion-bus rollback --phase 2 --module memory'],
    ['processing-errors', 2, 'orion-bus rollback --phase 2 --module memory'],
    ['data-loss', 1, 'orion-bus rollback --phase 1'],
    ['data-loss', 2, 'orion-bus rollback --phase 2'],
    ['data-loss', 3, 'orion-bus rollback --phase 3'],
  ])('answers %s in phase %i with %s', (issue, phase, command) => {
    const { holding, answer } = judge(ILL[issue], { phase });
    expect(holding.map((each) => each.issue)).toEqual([issue]);
    expect(answer?.command).toBe(command);
  });

  it('means nothing of lag and errors in phase 1, and nothing at all before it', () => {
    for (const issue of ['lag', 'processing-errors'] as const) {
      expect(judge(ILL[issue], { phase: 1 }).holding).toEqual([]);
    }
    for (const seen of Object.values(ILL)) {
      expect(judge(seen, { phase: null })).toMatchObject({ holding: [], answer: null });
    }
  });

  it('takes the stronger answer where two hold', () => {
    const both = lately(9 * MINUTE, { target: { rssBytes: 151 * MB }, group: { lag: 1_001 } });
    expect(judge(both).answer).toMatchObject({ issue: 'memory', module: 'brain' });
    const lost = [...both, sampleAt(DAY, { group: { lost: 1 } })];
    expect(judge(lost).answer).toMatchObject({ issue: 'data-loss', action: 'full-rollback' });
  });

  it.each<[MigrationPhase, MatrixPhase | null]>([
    ['P0', null],
    ['P1r', null],
    ['P1', 1],
    ['P1✓', 1],
    ['P2', 2],
    ['P2✓', 2],
    ['P3r', 3],
    ['P3', 3],
    ['P3✓', 3],
    ['Fr', 3],
    ['F', 3],
    ['R1', null],
    ['R3', null],
  ])('has for %s the column %s', (phase, column) => expect(matrixPhaseOf(phase)).toBe(column));
});
