import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameNow, KEY_MAP, nextView, type ViewState } from '../../src/ui/index.js';
import { shownList } from '../../src/ui/lag/lists.js';
import { led, press, readingOf, textOf, typed, viewOf } from './lag-fixture.js';

const STUCK = [
  { name: 'memory-1', pending: 0, idleMs: 200 },
  { name: 'memory-dead', pending: 3, idleMs: 900_000 },
];
const READING = readingOf(
  { group: 'alpha', lag: 5, pending: 1 },
  { group: 'beta', lag: null, pending: 0, state: 'unknown' },
  { group: 'gamma', lag: 2_000, pending: 3, state: 'warn', consumers: STUCK },
  { group: 'delta', stream: 'orion:decisions', lag: 0, state: 'missing' },
);

const rows = (state: ViewState): readonly string[] =>
  (shownList(state)?.keys ?? []).map((key) => (key.startsWith('[') ? JSON.parse(key)[1] : key));
const cursor = (state: ViewState): string | null => {
  const { row } = frameNow(state);
  return row === null ? null : row.startsWith('[') ? JSON.parse(row)[1] : row;
};

describe('the cursor', () => {
  it('stays on its row when the rows move, and at its place when the row is gone', () => {
    const onBeta = press(viewOf(READING), 'down');
    expect(cursor(onBeta)).toBe('beta');
    const turned = { ...READING, groups: [...READING.groups].reverse() };
    expect(cursor(led(onBeta, { type: 'read', reading: turned }))).toBe('beta');
    const without = { ...READING, groups: READING.groups.filter(({ group }) => group !== 'beta') };
    expect(cursor(led(onBeta, { type: 'read', reading: without }))).toBe('gamma');
  });

  it('goes no further than the rows', () => {
    expect(cursor(press(viewOf(READING), 'up'))).toBe('alpha');
    expect(cursor(press(viewOf(READING), 'end', 'down'))).toBe('delta');
    expect(cursor(press(viewOf(READING), 'end', 'page-up', 'home'))).toBe('alpha');
  });

  it('is always on a row that is shown, whatever comes', () => {
    const key = fc.constantFrom(
      ...KEY_MAP.flatMap(({ keys }) => keys).filter((each) => each !== 'q'),
      ...['!', 'x', 'a', 'y', 'n'],
    );
    const reading = fc
      .subarray([...READING.groups])
      .chain((groups) => fc.shuffledSubarray([...groups], { minLength: groups.length }))
      .map((groups) => ({ type: 'read' as const, reading: { ...READING, groups } }));
    const size = fc
      .record({ columns: fc.integer({ min: 1, max: 250 }), rows: fc.integer({ min: 1, max: 60 }) })
      .map((each) => ({ type: 'resized' as const, size: each }));
    const event = fc.oneof(
      { weight: 6, arbitrary: key.map((each) => ({ type: 'key' as const, key: each })) },
      reading,
      size,
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const state = led(viewOf(READING), ...events);
        const list = shownList(state);
        const { row } = frameNow(state);
        if (list !== null) {
          expect(row === null ? list.keys : [row]).toEqual(row === null ? [] : [row]);
          if (row !== null) expect(list.keys).toContain(row);
        }
        const { columns, rows: height } = state.size;
        const lines = textOf(state).split('\n');
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, height - 1));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is listed', () => {
  it('is what holds the text, or with ! what does not; as it is typed', () => {
    const typing = typed(press(viewOf(READING), '/'), 'ALPH');
    expect(rows(typing)).toEqual(['alpha']);
    expect(rows(press(typing, 'enter'))).toEqual(['alpha']);
    expect(rows(typed(press(viewOf(READING), '/'), '!alpha'))).toEqual(['beta', 'gamma', 'delta']);
    expect(rows(press(typing, 'escape'))).toHaveLength(4);
    expect(rows(press(typing, 'enter', 'escape'))).toHaveLength(4);
    expect(rows(press(typing, 'backspace', 'backspace', 'backspace', 'backspace'))).toHaveLength(4);
  });

  it('takes keys for letters while something is typed', () => {
    expect(press(viewOf(READING), '/', 'q', 'p').typing?.text).toBe('qp');
  });

  it('is only what has a fault after e', () => {
    expect(rows(press(viewOf(READING), 'e'))).toEqual(['beta', 'gamma', 'delta']);
    expect(rows(press(viewOf(READING), 'e', 'e'))).toHaveLength(4);
  });

  it('is sorted by any column, what is not known last, equal rows as they came', () => {
    const columns = shownList(viewOf(READING))?.columnIds ?? [];
    const byLag = press(
      viewOf(READING),
      ...columns.slice(0, columns.indexOf('LAG') + 1).map(() => 'right'),
    );
    expect(frameNow(byLag).sort).toEqual({ column: 'LAG', descending: true });
    expect(rows(byLag)).toEqual(['gamma', 'beta', 'alpha', 'delta']);
    expect(rows(press(byLag, 'r'))).toEqual(['delta', 'alpha', 'beta', 'gamma']);
    const byBacklog = press(byLag, 'right', 'right');
    expect(frameNow(byBacklog).sort.column).toBe('BACKLOG');
    const byAge = press(
      byBacklog,
      ...new Array(columns.indexOf('OLDEST') - columns.indexOf('BACKLOG')).fill('right'),
    );
    expect(rows(byAge)).toEqual(['alpha', 'gamma', 'beta', 'delta']);
    expect(rows(press(byAge, 'r'))).toEqual(['beta', 'alpha', 'gamma', 'delta']);
    // All the way round is the order in which they come.
    expect(rows(press(viewOf(READING), 'left', 'right'))).toEqual([
      'alpha',
      'beta',
      'gamma',
      'delta',
    ]);
    for (const [at, column] of columns.entries()) {
      const sorted = press(viewOf(READING), ...new Array(at + 1).fill('right'));
      expect(frameNow(sorted).sort.column).toBe(column);
      expect(new Set(rows(sorted))).toEqual(new Set(['alpha', 'beta', 'delta', 'gamma']));
    }
  });
});

describe('the way down', () => {
  const inGamma = press(viewOf(READING), 'down', 'down', 'enter');
  const entries = {
    ...{ stream: 'orion:events', group: 'gamma', consumer: 'memory-dead', more: false },
    entries: [{ id: '1700000000000-0', idleMs: 900_000, deliveries: 2, ageMs: 950_000 }],
  };
  const inDead = led(press(inGamma, 'end', 'enter'), { type: 'entries', entries });

  it('goes from stream to group to consumer to entry to message, and back', () => {
    expect(rows(press(viewOf(READING), 's'))).toEqual(['orion:events', 'orion:decisions']);
    const ofStream = press(viewOf(READING), 's', 'enter');
    expect(rows(ofStream)).toEqual(['alpha', 'beta', 'gamma']);
    expect(rows(inGamma)).toEqual(['memory-1', 'memory-dead']);
    expect(rows(inDead)).toEqual(['1700000000000-0']);
    const message = press(inDead, 'enter');
    expect(frameNow(message).level).toMatchObject({ kind: 'message', id: '1700000000000-0' });
    const back = press(message, 'escape', 'escape', 'escape');
    expect(cursor(back)).toBe('gamma');
    expect(press(back, 'escape', 'escape').frames).toHaveLength(1);
  });

  it('asks for a look wherever it leads, and does not lead into a missing group', () => {
    const { wish } = nextView(inGamma, { type: 'key', key: 'enter' });
    expect(wish).toEqual({ kind: 'look' });
    expect(press(viewOf(READING), 'end', 'enter').frames).toHaveLength(1);
  });

  it('does not show the entries of one consumer as those of another', () => {
    const other = press(inDead, 'escape', 'home', 'enter');
    expect(rows(other)).toEqual([]);
  });
});

describe('a change', () => {
  const onDead = press(viewOf(READING), 'down', 'down', 'enter', 'end');

  it('names the count, and is carried out on yes only', () => {
    const asking = press(typed(press(onDead, 'c'), 'memory-1'), 'enter');
    expect(textOf(asking)).toContain(
      'Claim 3 entries of memory-dead in gamma on orion:events for memory-1? [y/N]',
    );
    expect(textOf(asking)).toContain('Its consumers read only new entries');
    const { wish } = nextView(asking, { type: 'key', key: 'y' });
    expect(wish).toEqual({
      kind: 'carry-out',
      change: {
        kind: 'claim',
        to: 'memory-1',
        target: {
          ...{ stream: 'orion:events', group: 'gamma', consumer: 'memory-dead' },
          id: null,
          count: 3,
        },
      },
    });
    for (const key of ['n', 'enter', 'escape', 'q', 'x']) {
      const no = nextView(asking, { type: 'key', key });
      expect(no.wish).toBeNull();
      expect(no.state).toMatchObject({ asking: null, notice: { text: 'Nothing was changed.' } });
    }
  });

  it('acknowledges with a reason, of one entry too', () => {
    const entries = {
      ...{ stream: 'orion:events', group: 'gamma', consumer: 'memory-dead', more: false },
      entries: [{ id: '1-0', idleMs: 1, deliveries: 1, ageMs: 1 }],
    };
    const onEntry = led(press(onDead, 'enter'), { type: 'entries', entries });
    const asking = press(typed(press(onEntry, 'a'), 'broken'), 'enter');
    expect(textOf(asking)).toContain('Acknowledge 1 entry (1-0) of memory-dead');
    expect(asking.asking).toMatchObject({ reason: 'broken', target: { id: '1-0', count: 1 } });
    const emptyReason = press(press(onEntry, 'a'), 'enter');
    expect(emptyReason.asking).toBeNull();
  });

  it('is not begun where nothing is meant, nothing is held, or only looking is allowed', () => {
    expect(press(viewOf(READING), 'c').typing).toBeNull();
    expect(press(onDead, 'home', 'c').notice?.text).toBe('memory-1 holds nothing.');
    const readOnly = viewOf(READING, { readOnly: true });
    const there = press(readOnly, 'down', 'down', 'enter', 'end', 'c');
    expect([there.typing, there.notice]).toEqual([null, null]);
  });
});

describe('the rhythm', () => {
  it('goes faster and slower within its limits', () => {
    expect(press(viewOf(READING), '+').intervalMs).toBe(500);
    expect(press(viewOf(READING), '-').intervalMs).toBe(2_000);
    expect(press(viewOf(READING), ...new Array(20).fill('+')).intervalMs).toBe(250);
    expect(press(viewOf(READING), ...new Array(20).fill('-')).intervalMs).toBe(60_000);
  });

  it('pauses with a banner, and looks at once when it goes on', () => {
    const paused = press(viewOf(READING), 'p');
    expect(textOf(paused)).toContain('PAUSED');
    expect(nextView(paused, { type: 'key', key: 'p' }).wish).toEqual({ kind: 'look' });
  });

  it('says since when Redis is lost, keeps the old figures, and forgets it with the next look', () => {
    const lost = led(
      viewOf(READING),
      { type: 'lost', since: '12:00:05', message: 'it does not answer.' },
      { type: 'lost', since: '12:00:09', message: 'it does not answer.' },
    );
    expect(textOf(lost)).toContain(
      'LOST since 12:00:05, tried again at every tick: it does not answer.',
    );
    expect(textOf(lost)).toContain('gamma');
    expect(textOf(led(lost, { type: 'read', reading: READING }))).not.toContain('LOST');
  });
});

describe('the help', () => {
  it('names every key of the map, on as many pages as it needs', () => {
    const pages = (rows: number): string => {
      let state = press(viewOf(READING, { rows }), '?');
      let text = '';
      while (state.help !== null) {
        text += textOf(state);
        state = press(state, ' ');
      }
      return text;
    };
    for (const height of [24, 14]) {
      for (const { shown, does } of KEY_MAP) {
        expect(pages(height)).toContain(shown);
        expect(pages(height)).toContain(does);
      }
    }
  });

  it('is what the README says', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const section = /<!-- lag-keys -->\n([\s\S]*?)\n<!-- \/lag-keys -->/.exec(readme)?.[1];
    const rows = KEY_MAP.map(({ shown, does }) => `| \`${shown}\` | ${does} |`);
    expect(section?.split('\n').slice(2)).toEqual(rows);
  });

  it('gives every key one meaning', () => {
    const keys = KEY_MAP.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(nextView(press(viewOf(READING), '?'), { type: 'key', key: 'q' }).wish).toEqual({
      kind: 'leave',
    });
  });
});
