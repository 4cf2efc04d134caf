import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryId } from '../../src/redis/index.js';
import { type AuditInput, audit } from '../../src/rehearsal/ledger.js';
import type { Handled } from '../../src/rehearsal/ledger-file.js';

const STREAM = 'orion:events';
const idOf = (n: number) => entryId(`${n}-0`);
const line = (n: number, process: string, at = 0): Handled => ({
  ...{ by: 'memory', process, at, stream: STREAM, id: idOf(n) },
  ...{ group: 'orion-memory-group', consumer: 'memory-1' },
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

function auditOf(
  handled: readonly Handled[],
  changes: {
    published?: number[];
    announced?: number;
    base?: number;
    owed?: number[];
    outages?: { fromMs: number; toMs: number }[];
  } = {},
) {
  const input: AuditInput = {
    modules: [
      {
        module: 'memory',
        announced: changes.announced ?? 0,
        streams: [
          {
            stream: STREAM,
            base: idOf(changes.base ?? 0),
            owed: new Set((changes.owed ?? []).map(idOf)),
          },
        ],
      },
    ],
    published: new Map([[STREAM, new Set((changes.published ?? []).map(idOf))]]),
    handled,
    batch: 10,
    outages: changes.outages ?? [],
  };
  return audit(input)[0];
}

describe('the audit of the ledger', () => {
  it.each([
    {
      what: 'everything handled once',
      handled: range(1, 20).map((n) => line(n, 'a')),
      changes: { published: range(1, 20) },
      expected: { published: 20, handled: 20, lost: 0, twice: 0, repeated: 0 },
    },
    {
      what: 'one never handled',
      handled: [line(1, 'a'), line(3, 'a')],
      changes: { published: [1, 2, 3] },
      expected: { published: 3, handled: 2, lost: 1, twice: 0 },
    },
    {
      what: 'one not handled yet but owed',
      handled: [line(1, 'a')],
      changes: { published: [1, 2], owed: [2] },
      expected: { handled: 1, lost: 0, owed: 1 },
    },
    {
      what: 'the last one of a process again, as announced',
      handled: [...range(1, 20).map((n) => line(n, 'a')), line(20, 'b'), line(21, 'b')],
      changes: { published: range(1, 21), announced: 1 },
      expected: { handled: 21, twice: 0, repeated: 1 },
    },
    {
      what: 'the last one of a process again, not announced',
      handled: [line(1, 'a'), line(1, 'b')],
      changes: { published: [1] },
      expected: { handled: 1, twice: 1, repeated: 0 },
    },
    {
      what: 'one handled long before the stop, though the number was announced',
      handled: [...range(1, 20).map((n) => line(n, 'a')), line(3, 'b')],
      changes: { published: range(1, 20), announced: 5 },
      expected: { twice: 1, repeated: 0 },
    },
    {
      what: 'one handled while Redis was away, by the same process again',
      handled: [
        line(1, 'a', 150),
        ...range(2, 30).map((n) => line(n, 'a', 500)),
        line(1, 'a', 900),
      ],
      changes: { published: range(1, 30), outages: [{ fromMs: 100, toMs: 200 }] },
      expected: { handled: 30, twice: 0, repeated: 1, announced: 10 },
    },
    {
      what: 'one handled before Redis was away, and again',
      handled: [line(1, 'a', 50), ...range(2, 30).map((n) => line(n, 'a', 500)), line(1, 'a', 900)],
      changes: { published: range(1, 30), outages: [{ fromMs: 100, toMs: 200 }] },
      expected: { twice: 1, repeated: 0 },
    },
    {
      what: 'one handled twice by the same process',
      handled: [line(1, 'a'), line(1, 'a')],
      changes: { published: [1], announced: 5 },
      expected: { twice: 1, repeated: 0 },
    },
    {
      what: 'history handled again',
      handled: range(1, 30).map((n) => line(n, 'a')),
      changes: { published: range(1, 30), base: 20, announced: 20 },
      expected: { published: 10, handled: 10, twice: 20, repeated: 0 },
    },
    {
      what: 'handled though its publisher was killed before it wrote it down',
      handled: [line(1, 'a')],
      changes: { published: [] },
      expected: { published: 1, handled: 1, lost: 0 },
    },
    {
      what: 'handled by another module only',
      handled: [{ ...line(1, 'a'), by: 'guardian' }],
      changes: { published: [1] },
      expected: { handled: 0, lost: 1 },
    },
  ])('counts $what', ({ handled, changes, expected }) => {
    expect(auditOf(handled, changes)).toMatchObject(expected);
  });

  it('finds exactly the faults that were put in, in any history', () => {
    // A process is given the last `back` messages of the one before it once more, and with `far` one
    // that the one before it was done with long ago; then it handles `count` new ones.
    const spell = fc.record({
      count: fc.integer({ min: 11, max: 40 }),
      back: fc.nat({ max: 10 }),
      far: fc.boolean(),
    });
    const history = fc.record({
      spells: fc.array(spell, { minLength: 1, maxLength: 6 }),
      lost: fc.nat({ max: 5 }),
      announced: fc.nat({ max: 60 }),
    });
    fc.assert(
      fc.property(history, ({ spells, lost, announced }) => {
        const handled: Handled[] = [];
        let next = 1;
        let inHand = 0;
        let done = 0;
        spells.forEach(({ count, back, far }, index) => {
          const before = spells[index - 1];
          const again = before === undefined ? [] : range(next - back, next - 1);
          const old = before !== undefined && far ? [next - before.count] : [];
          const fresh = range(next, next + count - 1);
          handled.push(...[...old, ...again, ...fresh].map((n) => line(n, `process ${index}`)));
          inHand += again.length;
          done += old.length;
          next += count;
        });
        const repeated = Math.min(announced, inHand);
        expect(auditOf(handled, { published: range(1, next - 1 + lost), announced })).toEqual({
          ...{ module: 'memory', published: next - 1 + lost, handled: next - 1, lost, announced },
          ...{ repeated, twice: done + inHand - repeated, owed: 0 },
        });
      }),
    );
  });
});
