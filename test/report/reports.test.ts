import { describe, expect, it } from 'vitest';
import { type Check, type GroupLag, judgeChecks } from '../../src/checks/index.js';
import { OrionError } from '../../src/problems/index.js';
import {
  groupsTable,
  lagTable,
  type Page,
  pendingDetails,
  pendingFooting,
  pendingHeading,
  pendingTable,
  runPage,
  validatePage,
} from '../../src/report/index.js';
import { renderPage } from '../../src/ui/index.js';

const text = (page: Page): string => renderPage(page, { width: 80, colour: false });

describe('validate', () => {
  const check = (group: Check['group'], status: Check['status']): Check => ({
    id: `${group}.${status}`,
    group,
    status,
    message: `it is a ${status}`,
    hint: 'look there',
  });

  it.each<[failing: readonly Check['group'][], code: number]>([
    [[], 0],
    [['prerequisites'], 1],
    [['roundtrip'], 2],
    [['consumer-groups'], 3],
    [['validation'], 4],
    [['validation', 'consumer-groups'], 3],
    [['validation', 'consumer-groups', 'roundtrip', 'prerequisites'], 1],
  ])('failing in %j gives %i', (failing, code) => {
    const checks = [
      check('validation', 'warn'),
      check('prerequisites', 'pass'),
      ...failing.map((group) => check(group, 'fail')),
    ];
    const report = judgeChecks(checks, 1_200);
    expect(report).toMatchObject({ ok: code === 0, exitCode: code, durationMs: 1_200 });
    expect(report.checks).toHaveLength(checks.length);
  });

  it('is not failed by warnings or skipped checks', () => {
    expect(
      judgeChecks([check('prerequisites', 'warn'), check('roundtrip', 'skip')], 0).exitCode,
    ).toBe(0);
  });

  it('is shown by group, with a hint where there is something to do', () => {
    const checks = [
      check('validation', 'warn'),
      check('roundtrip', 'fail'),
      check('prerequisites', 'pass'),
    ];
    expect(text(validatePage(judgeChecks(checks, 61_000)))).toBe(`Prerequisites
  ok    prerequisites.pass: it is a pass

Message round trip (gives exit code 2)
  FAIL  roundtrip.fail: it is a fail
        look there

Validation
  warn  validation.warn: it is a warn
        look there

Checks failed: 1 passed, 1 warning, 1 failed, in 1 m 1 s.
`);
  });
});

describe('lag', () => {
  const group: GroupLag = {
    stream: 'orion:approval_requests',
    group: 'orion-guardian-group-go',
    module: 'guardian',
    side: 'target',
    lag: 12_345,
    lagAtLeast: 12_345,
    lagSource: 'server',
    pending: 10,
    backlog: 12_355,
    consumers: 1,
    cursor: '1-0',
    oldestPendingMs: 200_000,
    oldestUndeliveredMs: 61_000,
    headroom: { entries: 900, seconds: 7_200, unlimited: false },
    state: 'ok',
  };

  it('never shows 0 for unknown, and keeps to 80 columns', () => {
    const unknown = { ...group, lag: null, lagAtLeast: 1_001, state: 'unknown' } as const;
    const nothing = {
      ...group,
      lag: null,
      lagAtLeast: null,
      oldestPendingMs: null,
      oldestUndeliveredMs: null,
      state: 'missing',
      headroom: { entries: null, seconds: null, unlimited: false },
    } as const;
    const free = {
      ...group,
      stream: 'orion:events',
      headroom: { entries: null, seconds: null, unlimited: true },
      state: 'stall',
    } as const;
    const rows = text([lagTable({ at: '', groups: [group, unknown, nothing, free] })]);
    expect(rows).toBe(`GROUP                          LAG  PENDING    OLDEST   HEADROOM  STATE
orion:approval_requests
  orion-guardian-group-go   12,345       10  3 m 20 s        2 h  ok
  orion-guardian-group-go  ≥ 1,001       10  3 m 20 s        2 h  UNKNOWN
  orion-guardian-group-go        -       10         -          -  MISSING
orion:events
  orion-guardian-group-go   12,345       10  3 m 20 s  unlimited  STALL
`);
  });
});

describe('pending and groups', () => {
  it('show what is pending, ghosts and parked entries apart', () => {
    const entry = {
      id: '1700000000000-0',
      consumer: 'memory-1',
      idleMs: 61_000,
      deliveries: 2,
      ghost: false,
      parked: false,
      message: { a: 1 },
    };
    const rows = [
      entry,
      { ...entry, ghost: true, message: null },
      { ...entry, parked: true, message: 'raw \u001b' },
    ];
    const heading = pendingHeading('orion:events', 'g', 3);
    const shown = text([heading, pendingTable(rows), ...pendingFooting(3, 3, 3)]);
    expect(shown).toContain('g on orion:events: 3 entries pending\n');
    expect(shown).toContain('1700000000000-0  memory-1  1 m 1 s        2 x  {"a":1}\n');
    expect(shown).toContain('(gone from the stream)\n');
    expect(shown.endsWith('(parked) raw \\x1b\n')).toBe(true);
    expect(text(pendingFooting(9, 4, 3))).toBe('4 of them meant, the oldest 3 shown\n');
    expect(text(pendingFooting(9, 9, 0))).toBe('none shown\n');
    const details = text(pendingDetails(rows));
    expect(details).toContain('1700000000000-0: memory-1, idle 1 m 1 s, delivered 2 x\n');
    expect(details).toContain('  {\n    "a": 1\n  }\n');
    expect(details).toContain('1700000000000-0 (gone from the stream): memory-1');
    expect(text([groupsTable([])])).toBe('No consumer group was found.\n');
  });
});

describe('a run', () => {
  const stuck = new OrionError({ kind: 'prerequisite', code: 'x', message: 'it does not stop' });
  const step = { findings: [], error: null };

  it('shows every step, and how going back went', () => {
    const page = runPage('Move memory', {
      outcome: 'failed',
      undo: 'done',
      undoError: null,
      open: false,
      halted: 'lag',
      steps: [
        {
          ...step,
          id: 'a',
          title: 'Check',
          status: 'done',
          findings: [{ id: 'f', status: 'warn', message: 'slow', hint: 'wait' }],
        },
        { ...step, id: 'b', title: 'Stop', status: 'failed', error: stuck },
        { ...step, id: 'c', title: 'Turn', status: 'not-reached' },
      ],
      undoSteps: [{ ...step, id: 'd', title: 'Start', status: 'skipped' }],
    });
    expect(text(page)).toBe(`Move memory
  ok           Check
               warn  f: slow
                     wait
  FAILED       Stop: it does not stop
  not reached  Turn

Going back
  so already   Start

A halt is in force: lag
Everything that had been changed was put back.
`);
  });
});
