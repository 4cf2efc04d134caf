import { describe, expect, it } from 'vitest';
import type { ModuleStateName, OpenRun } from '../../src/checks/index.js';
import type { JournalRecord, RecordType } from '../../src/journal/index.js';
import type { JsonObject, OrionError } from '../../src/problems/index.js';
import { commandOf, historyOf } from '../../src/runbooks/index.js';
import { unfinishedMemory } from '../../src/runbooks/verbs/earlier-runs.js';
import { type MigrateAnswer, mayMigrate } from '../../src/runbooks/verbs/legality.js';
import { resumedOptions } from '../../src/runbooks/verbs/move.js';
import type { ModuleStanding } from '../../src/steps/index.js';
import { NO_OPTIONS } from '../steps/step-rig.js';

/* What the journal comes to: states and gates rest on it, so each row is written out by hand. */

const AT = Date.parse('2026-01-01T00:00:00Z');

type Row = readonly [RecordType, string, JsonObject?, (string | null)?, number?];

/** Records of type, run, data, step, and seconds after the first. */
function records(...rows: readonly Row[]): JournalRecord[] {
  return rows.map(([type, run, data = {}, step = null, seconds = 0], seq) => ({
    ...{ v: 1 as const, seq: seq + 1, at: '', prev: '', hash: '', type, run, data },
    redisAt: new Date(AT + seconds * 1_000).toISOString(),
    ...(step === null ? {} : { step }),
  }));
}

const started = (verb: string, run = 'r1'): Row => ['run.started', run, { verb, module: 'memory' }];
const intended = (run = 'r1', step = 'stop', data: JsonObject = {}): Row => [
  ...(['step.intended', run, data, step] as const),
];
const soak = (sinceMs: number, run = 'r1'): Row => [
  ...(['step.done', run, { sinceMs }, 'begin-soak'] as const),
];
const finished = (outcome: string, undo = 'none', run = 'r1'): Row => [
  ...(['run.finished', run, { outcome, undo }] as const),
];

const moduleAfter = (...rows: readonly Row[]) =>
  historyOf(records(...rows), { halt: null }).modules.get('memory');

const SOURCE = { side: 'source', soakSinceMs: null, stranded: false };
const STRANDED = { side: null, soakSinceMs: null, stranded: true };
const onTarget = (soakSinceMs: number) => ({ side: 'target', soakSinceMs, stranded: false });
const MIGRATED: readonly Row[] = [
  started('migrate', 'r0'),
  soak(5, 'r0'),
  finished('done', 'none', 'r0'),
];

describe('a module after a run', () => {
  it.each<[string, readonly Row[], object | undefined]>([
    ['migrate, done', [started('migrate'), soak(9), finished('done')], onTarget(9)],
    ['migrate, refused', [started('migrate'), finished('failed')], SOURCE],
    ['migrate, put back', [started('migrate'), intended(), finished('failed', 'done')], SOURCE],
    [
      'migrate, interrupted and put back',
      [started('migrate'), intended(), finished('interrupted', 'done')],
      SOURCE,
    ],
    [
      'migrate, not put back',
      [started('migrate'), intended(), finished('failed', 'failed')],
      STRANDED,
    ],
    ['migrate, not finished', [started('migrate'), intended()], undefined],
    ['rollback, done', [...MIGRATED, started('rollback'), intended(), finished('done')], SOURCE],
    ['rollback, refused', [...MIGRATED, started('rollback'), finished('failed')], onTarget(5)],
    [
      'rollback, failed and started again',
      [...MIGRATED, started('rollback'), intended(), finished('failed', 'done')],
      STRANDED,
    ],
    [
      'rollback, failed',
      [...MIGRATED, started('rollback'), intended(), finished('failed', 'failed')],
      STRANDED,
    ],
    ['settle, done', [...MIGRATED, started('settle'), intended(), finished('done')], onTarget(5)],
    [
      'settle, put back',
      [...MIGRATED, started('settle'), intended(), finished('failed', 'done')],
      onTarget(5),
    ],
    [
      'settle, not put back',
      [...MIGRATED, started('settle'), intended(), finished('failed', 'failed')],
      STRANDED,
    ],
    [
      'migrate, its place taken after an effect',
      [started('migrate'), intended(), ['run.superseded', 'r1']],
      STRANDED,
    ],
    [
      'migrate, its place taken before any',
      [started('migrate'), ['run.superseded', 'r1']],
      undefined,
    ],
    [
      'the same, and that rollback was refused',
      [
        started('migrate'),
        intended(),
        ['run.superseded', 'r1'],
        started('rollback', 'r2'),
        finished('failed', 'none', 'r2'),
      ],
      STRANDED,
    ],
    [
      'the same, and that rollback is done',
      [
        started('migrate'),
        intended(),
        ['run.superseded', 'r1'],
        started('rollback', 'r2'),
        intended('r2'),
        finished('done', 'none', 'r2'),
      ],
      SOURCE,
    ],
    [
      'adopted on the target',
      [['adopted', 'a', { modules: { memory: 'target' } }, null, 3]],
      onTarget(AT + 3_000),
    ],
    [
      'adopted on the source',
      [...MIGRATED, ['adopted', 'a', { modules: { memory: 'source' } }]],
      SOURCE,
    ],
    ['another verb', [started('validate'), intended(), finished('failed', 'failed')], SOURCE],
  ])('%s', (_name, rows, module) => {
    expect(moduleAfter(...rows)).toEqual(module);
  });
});

describe('the history', () => {
  it('knows the open run, when phase 1 began, the halt that is in force, and the longest pause', () => {
    const pause = (run: string, seconds: number): readonly Row[] => [
      ['run.started', run, { verb: 'migrate', module: 'memory' }],
      ['step.intended', run, {}, 'stop', 10],
      ['step.done', run, {}, 'start', 10 + seconds],
      ['run.finished', run, { outcome: 'done' }],
    ];
    const rows: Row[] = [
      ['run.started', 'p', { verb: 'phase1-start' }],
      ['step.done', 'p', { sinceMs: 77 }, 'begin'],
      ['run.finished', 'p', { outcome: 'done' }],
      ...pause('a', 3),
      ...pause('b', 8),
      ...pause('c', 1),
      started('rollback', 'open'),
    ];
    const halt = { reason: 'smoke', by: 'me', at: 'now', redisAt: null };
    expect(historyOf(records(...rows), { halt })).toMatchObject({
      phase1SinceMs: 77,
      longestPauseMs: 8_000,
      halt: { reason: 'smoke' },
      openRun: { run: 'open', verb: 'rollback', module: 'memory' },
    });
    expect(historyOf([], { halt: null })).toMatchObject({
      ...{ phase1SinceMs: null, longestPauseMs: null, halt: null, openRun: null },
    });
  });

  it('counts no phase 1 that failed', () => {
    const rows: Row[] = [
      ['run.started', 'p', { verb: 'phase1-start' }],
      ['step.done', 'p', { sinceMs: 77 }, 'begin'],
      ['run.finished', 'p', { outcome: 'failed' }],
    ];
    expect(historyOf(records(...rows), { halt: null }).phase1SinceMs).toBeNull();
  });
});

describe('what unfinished runs leave behind', () => {
  const memoryOf = (except: string | null, ...rows: readonly Row[]) =>
    unfinishedMemory(records(...rows), 'memory', except);
  const killed: readonly Row[] = [
    started('migrate'),
    intended('r1', 'stop', { ran: true }),
    ['step.done', 'r1', { stoppedAtMs: 1 }, 'stop'],
    ['run.superseded', 'r1'],
  ];

  it('is asked of the oldest first: its images are of the time before all of it', () => {
    const memory = memoryOf(
      null,
      ...killed,
      started('rollback', 'r2'),
      intended('r2', 'stop', { ran: false }),
      intended('r2', 'turn', { announced: 2 }),
    );
    expect(memory.intent('stop')).toEqual({ ran: true });
    expect(memory.result('stop')).toEqual({ stoppedAtMs: 1 });
    expect(memory.intent('turn')).toEqual({ announced: 2 });
    expect(memory.intent('start')).toBeNull();
  });

  it('is kept through a rollback that only started the module again', () => {
    const rows = [
      ...killed,
      started('rollback', 'r2'),
      intended('r2'),
      finished('failed', 'done', 'r2'),
    ];
    expect(memoryOf(null, ...rows).intent('stop')).toEqual({ ran: true });
  });

  it.each<[string, readonly Row[]]>([
    ['a rollback that is done', [started('rollback', 'r2'), finished('done', 'none', 'r2')]],
    ['a migration that was put back', [started('migrate', 'r2'), finished('failed', 'done', 'r2')]],
    ['an adoption', [['adopted', 'r2', { modules: { memory: 'source' } }]]],
  ])('is over with %s', (_name, rows) => {
    expect(memoryOf(null, ...killed, ...rows).intent('stop')).toBeNull();
  });

  it('is not asked of the run that resumes itself, nor of another module or of an undo', () => {
    expect(memoryOf('r1', ...killed).intent('stop')).toBeNull();
    expect(unfinishedMemory(records(...killed), 'brain', null).intent('stop')).toBeNull();
    const undo: Row = ['step.intended', 'r1', { ran: false }, 'undo/hold'];
    expect(memoryOf(null, ...killed, undo).intent('hold')).toBeNull();
  });

  it('takes the image of a step that was skipped as well', () => {
    const skipped: Row = ['step.skipped', 'r1', { intent: { held: false } }, 'hold'];
    expect(memoryOf(null, started('migrate'), skipped).intent('hold')).toEqual({ held: false });
  });
});

describe('the options of a run that is resumed', () => {
  const begun = records([
    'run.started',
    'r1',
    { start: true, missingGroup: 'tip', acceptDuplicates: 5, overrides: { phase1: 'before' } },
  ])[0] as JournalRecord;

  it('are those it was begun with, widened by what is typed now', () => {
    expect(resumedOptions(begun, NO_OPTIONS)).toEqual({
      start: true,
      missingGroup: 'tip',
      acceptDuplicates: 5,
      overrides: new Map([['phase1', 'before']]),
    });
    const typed = {
      ...{ start: false, missingGroup: 'beginning' as const, acceptDuplicates: 9 },
      overrides: new Map([
        ['phase1', 'now'],
        ['soak', 'now'],
      ]),
    };
    expect(resumedOptions(begun, typed)).toEqual({
      ...typed,
      start: true,
      overrides: new Map([
        ['phase1', 'now'],
        ['soak', 'now'],
      ]),
    });
  });

  it('of a new run are what is typed', () => {
    expect(resumedOptions(null, NO_OPTIONS)).toBe(NO_OPTIONS);
  });
});

describe('a migration is legal', () => {
  const standing = (name: ModuleStateName): ModuleStanding => ({
    // Only what legality asks of a module.
    module: { settings: [] } as unknown as ModuleStanding['module'],
    state: { name, because: 'so it is', soakLeftMs: null },
    settings: { side: 'source', settings: [] },
    readers: null,
  });
  const open = (verb: string, module = 'memory'): OpenRun => ({ run: 'r1', verb, module });

  function answer(
    memory: ModuleStateName,
    run: OpenRun | null = null,
    brain: ModuleStateName = 'source',
  ): MigrateAnswer | Pick<OrionError, 'code' | 'exitCode' | 'next'> {
    const modules = new Map([
      ['memory', standing(memory)],
      ['brain', standing(brain)],
    ]);
    try {
      return mayMigrate('memory', modules, run);
    } catch (error) {
      const { code, exitCode, next } = error as OrionError;
      return { code, exitCode, next };
    }
  }

  const BACK = 'orion-bus rollback --phase 2 --module memory';

  it.each<[string, ReturnType<typeof answer>, object | string]>([
    ['S', answer('source'), 'go'],
    ['M', answer('moving', open('migrate')), 'resume'],
    ['T', answer('soaking'), 'already'],
    ['T✓', answer('soaked'), 'already'],
    [
      'B',
      answer('going-back', open('rollback')),
      { code: 'run.open', exitCode: 1, next: [BACK, 'orion-bus rollback --phase 2'] },
    ],
    ['X', answer('stranded'), { code: 'module.stranded', exitCode: 1, next: [BACK] }],
    ['D', answer('drift'), { code: 'module.drift', exitCode: 1, next: ['orion-bus status', BACK] }],
    [
      'another M',
      answer('source', open('migrate', 'brain'), 'moving'),
      {
        code: 'run.open',
        exitCode: 1,
        next: ['orion-bus migrate brain', 'orion-bus rollback --phase 2'],
      },
    ],
    ['another T', answer('source', null, 'soaking'), 'go'],
    [
      'another B',
      answer('source', open('rollback', 'brain'), 'going-back'),
      { code: 'run.open', exitCode: 1 },
    ],
    ['another X', answer('source', null, 'stranded'), { code: 'module.stranded', exitCode: 1 }],
    ['another D', answer('source', null, 'drift'), { code: 'module.drift', exitCode: 1 }],
    [
      'its own settling',
      answer('moving', open('settle')),
      {
        code: 'run.open',
        exitCode: 1,
        next: ['orion-bus groups settle memory', 'orion-bus rollback --phase 2'],
      },
    ],
  ])('in the state %s', (_name, found, wanted) => {
    if (typeof wanted === 'string') expect(found).toBe(wanted);
    else expect(found).toMatchObject(wanted);
  });

  it('and every open run has the command that ends it', () => {
    expect(commandOf(open('migrate'))).toBe('orion-bus migrate memory');
    expect(commandOf(open('rollback'))).toBe(BACK);
    expect(commandOf({ run: 'r', verb: 'rollback', module: null })).toBe(
      'orion-bus rollback --phase 2',
    );
    expect(commandOf(open('settle'))).toBe('orion-bus groups settle memory');
    expect(commandOf(open('adopt'))).toBe('orion-bus status');
  });
});
