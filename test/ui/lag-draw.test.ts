import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/problems/index.js';
import type { Around, ViewState } from '../../src/ui/index.js';
import { backlogBar, formatRate, sparkline } from '../../src/ui/lag/gauges.js';
import { jsonLines } from '../../src/ui/lag/message-lines.js';
import { led, press, readingOf, screenOf, textOf, viewOf } from './lag-fixture.js';

const AROUND: Around = {
  phase: 'P2',
  soak: { of: 'memory', leftMs: 82_800_000 },
  halt: null,
  openRun: null,
  bus: { name: 'go', healthy: true, memoryBytes: 44_040_192 },
};

const READING = readingOf(
  { group: 'orion-memory-group', lag: 0, pending: 7 },
  { group: 'orion-memory-group-go', inUse: false },
  { group: 'orion-guardian-group', lag: 140, pending: 10, state: 'warn' },
  {
    group: 'orion-brain-group',
    stream: 'orion:incidents',
    lag: null,
    pending: 3,
    state: 'unknown',
  },
  { group: 'commander', stream: 'orion:approval_decisions', lag: 2_000, state: 'stop' },
  { group: 'approval', stream: 'orion:approval_requests', state: 'missing' },
);

const shown = (size?: { columns: number; rows: number }): ViewState =>
  led(viewOf(READING, size), { type: 'around', around: AROUND });

/** Screens are kept as files, so that what changes on them is seen in the difference. */
async function sameAs(name: string, state: ViewState): Promise<void> {
  const file = fileURLToPath(new URL(`screens/${name}.txt`, import.meta.url));
  await expect(`${textOf(state).replaceAll(/ +$/gm, '')}\n`).toMatchFileSnapshot(file);
}

describe('the screen', () => {
  it('has everything an operator needs in 80 columns and 24 rows', () =>
    sameAs('groups-80x24', shown()));

  it('shows more columns where there is room for them', () =>
    sameAs('groups-200x50', shown({ columns: 200, rows: 50 })));

  it('says what is the matter in banners, and all its keys', async () => {
    const halted = { ...AROUND, halt: 'disk full (by jo)' };
    const trouble = led(
      press(shown(), 'p', 'e'),
      { type: 'around', around: halted },
      { type: 'lost', since: '12:00:05', message: 'Redis does not answer.' },
    );
    await sameAs('trouble-80x24', trouble);
    await sameAs('help-80x24', press(shown(), '?'));
  });

  it('marks what breaks the contract in a message', async () => {
    const at = { stream: 'orion:events', group: 'orion-memory-group', consumer: 'memory-1' };
    const level = { kind: 'message' as const, ...at, id: '1700000000000-0' };
    const { frames } = shown();
    const [frame] = frames;
    const open: ViewState = {
      ...shown(),
      frames: [
        ...frames,
        {
          ...(frame ?? { row: null, at: 0, scroll: 0, sort: { column: null, descending: true } }),
          level,
        },
      ],
    };
    const message = {
      ...at,
      id: level.id,
      body: {
        kind: 'json' as const,
        value: { severity: 'fatal', data: { cpu: [1, { deep: 'x'.repeat(90) }] }, tags: {} },
      },
      violations: [
        { pointer: '/severity', message: 'is "fatal"', expected: 'one of "info", "warning"' },
        { pointer: '/event_id', message: 'is missing', expected: 'a string' },
      ],
      warnings: [],
    };
    await sameAs('message-80x24', led(open, { type: 'message', message }));
  });

  it('says so where it would not fit', () => {
    for (const size of [
      { columns: 59, rows: 24 },
      { columns: 80, rows: 13 },
    ]) {
      expect(textOf(shown(size))).toContain('Too small');
      expect(textOf(shown(size))).not.toContain('orion-memory-group');
    }
    expect(textOf(shown({ columns: 60, rows: 14 }))).toContain('orion-memory-group');
  });

  it('means the same without colours', () => {
    const coloured = screenOf(shown(), true).join('\n');
    expect(coloured).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what goes
    const bare = coloured.replaceAll(/\u001b\[\d+m/g, '');
    expect(bare).toBe(textOf(shown()));
    for (const word of ['STOP', 'WARN', 'MISSING', 'UNKNOWN', 'not in use', '> ']) {
      expect(bare).toContain(word);
    }
  });

  it('shows what a name would do to a terminal', () => {
    const evil = viewOf(readingOf({ group: 'a\u001b[2Jb\nc', lag: 1 }));
    expect(textOf(evil)).toContain('a\\x1b[2Jb\\nc');
  });
});

describe('the bar of a backlog', () => {
  const LIMITS = { target: 100, alert: 1_000 };
  it.each<[number | null, boolean, string]>([
    [0, true, '····│····'],
    [1, true, '█···│····'],
    [99, true, '███·│····'],
    [100, true, '████│····'],
    [101, true, '████│█···'],
    [999, true, '████│███·'],
    [1_000, true, '████│███!'],
    [50_000, true, '████│███!'],
    [40, false, '█···│···?'],
    [1_001, false, '████│███!'],
    [null, false, '         '],
  ])('of %s', (atLeast, known, bar) => {
    expect(backlogBar(atLeast, known, LIMITS, 9)).toBe(bar);
  });

  it('never falls while the backlog grows, and keeps its width', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(3_000), fc.integer({ min: 5, max: 40 }), (a, b, width) => {
        const [less, more] = [a, b]
          .sort((x, y) => x - y)
          .map((each) => {
            const bar = backlogBar(each, true, LIMITS, width);
            expect([...bar]).toHaveLength(width);
            return [...bar].filter((character) => character === '█' || character === '!').length;
          });
        expect(more).toBeGreaterThanOrEqual(less ?? 0);
      }),
    );
  });
});

describe('the sparkline', () => {
  const at = (...values: readonly number[]) =>
    values.map((work, index) => ({ atMs: index * 1_000, work }));
  it('shows the highest of each cell, the newest to the right', () => {
    const options = { cells: 4, spanMs: 4_000, floor: 8 };
    expect(sparkline(at(0, 4, 8, 2), options)).toBe('▁▅█▃');
    expect(sparkline(at(0, 4, 8, 2, 8), { ...options, cells: 2, spanMs: 4_000 })).toBe('██');
  });

  it('leaves times without a look empty, and is as wide as it is asked to be', () => {
    const gap = [
      { atMs: 0, work: 8 },
      { atMs: 3_000, work: 8 },
    ];
    expect(sparkline(gap, { cells: 4, spanMs: 4_000, floor: 8 })).toBe('█  █');
    expect(sparkline([], { cells: 4, spanMs: 4_000, floor: 8 })).toBe('    ');
    // Noise below the floor is no storm.
    expect(sparkline(at(1, 1), { cells: 2, spanMs: 2_000, floor: 100 })).toBe('▁▁');
  });
});

describe('a rate', () => {
  it.each<[number | null, string]>([
    [null, '-'],
    [0, '0'],
    [0.04, '<0.1'],
    [0.25, '0.3'],
    [9.99, '10'],
    [1_234.4, '1,234'],
  ])('%s is %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });
});

describe('a message laid out', () => {
  it('is what JSON.stringify makes of it, each value at its pointer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // What fast-check makes here is JSON.
        const lines = jsonLines(value as Json);
        expect(lines.map(({ text }) => text).join('\n')).toBe(JSON.stringify(value, null, 2));
      }),
    );
    expect(jsonLines({ 'a/b': [{ '~': 1 }] }).map(({ pointer }) => pointer)).toEqual([
      '',
      '/a~1b',
      '/a~1b/0',
      '/a~1b/0/~0',
      '/a~1b/0/',
      '/a~1b/',
      '/',
    ]);
  });
});
