import { describe, expect, it } from 'vitest';
import { type MigrationPhase, migrationPhase } from '../../src/checks/index.js';
import type { JournalRecord, RecordType } from '../../src/journal/index.js';
import type { JsonObject } from '../../src/problems/index.js';
import { historyOf } from '../../src/runbooks/index.js';

/* The phase that a journal comes to, with no module moved unless a case says so. */

type Row = readonly [RecordType, string, JsonObject?];

const begun = (verb: string, run = verb): Row => ['run.started', run, { verb }];
const changed = (run: string): Row => ['step.intended', run, {}];
const soaks = (run: string, sinceMs: number): Row => ['step.done', run, { sinceMs }];
const ended = (run: string, outcome = 'done', undo = 'none'): Row => [
  ...(['run.finished', run, { outcome, undo }] as const),
];
const whole = (verb: string, sinceMs = 0): readonly Row[] => [
  ...[begun(verb), changed(verb), soaks(verb, sinceMs), ended(verb)],
];
const FINAL: readonly Row[] = [
  ...[...whole('phase1-start'), ...whole('phase3-cutover'), ...whole('phase3-finalize')],
];

const phaseAfter = (rows: readonly Row[], nowMs = 5): MigrationPhase =>
  migrationPhase({
    modules: [],
    history: historyOf(recordsOf(rows), { halt: null }),
    ...{ nowMs, phase1Ms: 10, burnInMs: 10 },
  });

describe('the phase after', () => {
  it.each<[string, readonly Row[], MigrationPhase]>([
    ['nothing', [], 'P0'],
    ['a start that goes on', [begun('phase1-start')], 'P1r'],
    ['a start', whole('phase1-start'), 'P1'],
    ['a start long ago', whole('phase1-start', -10), 'P1✓'],
    ['a start that a gate refused', [begun('phase1-start'), ended('phase1-start', 'failed')], 'P0'],
    [
      'a start that was taken back',
      [begun('phase1-start'), changed('phase1-start'), ended('phase1-start', 'failed', 'done')],
      'P0',
    ],
    [
      'a start whose way back failed',
      [begun('phase1-start'), changed('phase1-start'), ended('phase1-start', 'failed', 'failed')],
      'P1r',
    ],
    ['a cutover that goes on', [begun('phase3-cutover')], 'P3r'],
    ['a cutover', whole('phase3-cutover'), 'P3'],
    ['a cutover long ago', whole('phase3-cutover', -10), 'P3✓'],
    [
      'a cutover that a gate refused',
      [...whole('phase1-start'), begun('phase3-cutover'), ended('phase3-cutover', 'failed')],
      'P1',
    ],
    ['a finalize that goes on', [...whole('phase3-cutover'), begun('phase3-finalize')], 'Fr'],
    ['a finalize', FINAL, 'F'],
    ['a rollback of phase 1 that goes on', [...FINAL, begun('rollback-phase1')], 'R1'],
    ['a rollback of phase 2 that goes on', [...FINAL, begun('rollback-phase2')], 'R2'],
    ['a rollback of phase 3 that goes on', [...FINAL, begun('rollback-phase3')], 'R3'],
    ['a rollback of phase 1', [...FINAL, ...whole('rollback-phase1')], 'P0'],
    ['a rollback of phase 2', [...FINAL, ...whole('rollback-phase2')], 'P1'],
    ['a rollback of phase 3', [...FINAL, ...whole('rollback-phase3')], 'P0'],
    [
      'a rollback that took the place of a narrower one, and was killed right then',
      [...FINAL, begun('rollback-phase2'), ['run.superseded', 'rollback-phase2']],
      'R2',
    ],
    [
      'a part of a rollback that is done, the rollback not',
      [
        ...[...FINAL, begun('rollback-phase3')],
        ['run.started', 'part', { verb: 'rollback', module: 'brain', within: 'rollback-phase3' }],
        ended('part'),
      ],
      'R3',
    ],
  ])('%s', (_, rows, phase) => {
    expect(phaseAfter(rows)).toBe(phase);
  });
});

describe('the history', () => {
  it('tells a run from the part of it that is about one service', () => {
    const { openRun, openPart } = historyOf(
      recordsOf([
        begun('phase3-cutover'),
        ['run.started', 'part', { verb: 'publish', module: 'brain', within: 'phase3-cutover' }],
      ]),
      { halt: null },
    );
    expect(openRun).toEqual({ run: 'phase3-cutover', verb: 'phase3-cutover', module: null });
    expect(openPart).toEqual({ run: 'part', verb: 'publish', module: 'brain' });
  });
});

function recordsOf(rows: readonly Row[]): JournalRecord[] {
  return rows.map(([type, run, data = {}], seq) => ({
    ...{ v: 1 as const, seq: seq + 1, at: '', redisAt: null, prev: '', hash: '', type, run, data },
  }));
}
