import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type JournalRecord,
  newRunId,
  openRun,
  type RecordType,
  runRecords,
} from '../../src/journal/index.js';

describe('a run id', () => {
  it('sorts by time, whatever the random part', () => {
    const time = fc.nat({ max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a < b);
        const [highest, lowest] = [Uint8Array.from(Array(10).fill(255)), new Uint8Array(10)];
        const earlier = newRunId(a, () => highest);
        const later = newRunId(b, () => lowest);
        expect(earlier).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
        expect(earlier < later).toBe(true);
      }),
    );
  });

  it('has the layout of a ULID', () => {
    const bytes = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 31]);
    expect(newRunId(1_469_918_176_385, () => bytes)).toBe('01ARYZ6S41000000000000000Z');
  });

  it('differs within a millisecond', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => newRunId(1, randomBytes)));
    expect(ids.size).toBe(1_000);
  });
});

describe('the open run', () => {
  it.each<[string, string, string | null]>([
    ['none', '', null],
    ['started', 'A+', 'A'],
    ['finished', 'A+ A-', null],
    ['superseded', 'A+ B+ Ax', 'B'],
    ['superseded and its successor finished', 'A+ B+ Ax B-', null],
    ['an earlier one beside a finished one', 'A+ B+ B-', 'A'],
    ['resumed', 'A+ A- B+ Br', 'B'],
  ])('%s', (_, history, open) => {
    expect(openRun(recordsOf(history))?.run ?? null).toBe(open);
  });

  it('is found by its records', () => {
    const records = recordsOf('A+ B+ Ar B- A-');
    expect(runRecords(records, 'A').map(({ seq }) => seq)).toEqual([1, 3, 5]);
  });
});

/** `A+` run A started, `-` finished, `x` superseded, `r` resumed. */
function recordsOf(history: string): JournalRecord[] {
  const types: Readonly<Record<string, RecordType>> = {
    '+': 'run.started',
    '-': 'run.finished',
    x: 'run.superseded',
    r: 'run.resumed',
  };
  return (
    history.match(/\S+/g)?.map((word, index) => ({
      v: 1,
      seq: index + 1,
      at: '',
      redisAt: null,
      run: word[0] ?? '',
      type: types[word[1] ?? ''] ?? 'verdict',
      data: {},
      prev: '',
      hash: '',
    })) ?? []
  );
}
