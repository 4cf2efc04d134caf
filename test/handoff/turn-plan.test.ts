import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PendingEntry } from '../../src/facts/index.js';
import { carrierOf, planTurn } from '../../src/handoff/index.js';
import { compareIds, consumerName, type EntryId, entryId } from '../../src/redis/index.js';
import { PARKED, WAITING } from './rig.js';

/* The plan as a pure function, drawn: `a` acknowledged, `P` pending, `G` a ghost, `.` undelivered. */

const id = (n: number): EntryId => entryId(`${n}-0`);
const numbers = (ids: readonly (EntryId | PendingEntry)[]): number[] =>
  ids.map((each) => Number.parseInt(typeof each === 'string' ? each : each.id, 10));

describe('a plan', () => {
  it.each([
    ['aaaa|..', 'clean', '4-0', [], [], []],
    ['|....', 'clean', '0-0', [], [], []],
    ['', 'clean', '0-0', [], [], []],
    ['aaPP|..', 'rewind', '2-18446744073709551615', [3, 4], [], []],
    ['PPPP|', 'rewind', '0-18446744073709551615', [1, 2, 3, 4], [], []],
    ['aPaP|..', 'split', '3-18446744073709551615', [4], [2], []],
    ['PPaa|', 'split', '4-0', [], [1, 2], []],
    ['aPGP|', 'rewind', '1-18446744073709551615', [2, 4], [], [3]],
    ['PaG|', 'split', '3-0', [], [1], [3]],
    ['GGG|', 'clean', '3-0', [], [], [1, 2, 3]],
    // A cursor that was set back: 4 and 5 are owed by it although they are pending.
    ['aaP|PP.', 'rewind', '2-18446744073709551615', [3], [], []],
    ['aaa|PP.', 'clean', '3-0', [], [], []],
  ])('of %s is %s and ends at %s', (drawn, kind, cursor, run, move, ghosts) => {
    const plan = planTurn(giving(drawn), null, PARKED);
    expect([plan.kind, plan.cursor]).toEqual([kind, cursor]);
    expect(numbers(plan.run)).toEqual(run);
    expect(numbers(plan.move)).toEqual(move);
    expect(numbers(plan.ghosts)).toEqual(ghosts);
  });

  it.each([
    ['aPaPP|', PARKED, 2],
    ['aPaPP|', WAITING, 3],
    ['aaP|PP.', PARKED, 3],
    ['aPaP|PG', WAITING, 3],
    ['GGG|', WAITING, 0],
  ])('of %s by %s announces %i', (drawn, carrier, announced) => {
    expect(planTurn(giving(drawn), null, carrier).announced).toBe(announced);
  });

  it('announces what an attempt before it gave to be claimed, but not what is parked', () => {
    const receiving = {
      cursor: id(0),
      pending: [pending(1, WAITING), pending(2, WAITING), pending(3, PARKED), pending(9, WAITING)],
    };
    const drawn = giving('aaaaaa|....');
    expect(planTurn(drawn, receiving, WAITING)).toMatchObject({ announced: 2 });
    expect(planTurn(drawn, receiving, PARKED)).toMatchObject({ announced: 0 });
  });

  it('puts every pending entry of the receiving group into exactly one place', () => {
    const receiving = {
      cursor: id(9),
      pending: [pending(1, PARKED), pending(2, 'own'), pending(3, 'own'), pending(7, PARKED)],
    };
    const plan = planTurn(giving('aaPaPP|...'), receiving, PARKED);
    expect(numbers(plan.receivingKept)).toEqual([1]);
    expect(numbers(plan.receivingStale)).toEqual([2]);
    expect(numbers(plan.move)).toEqual([3]);
    expect(numbers(plan.receivingCovered)).toEqual([7]);
  });

  it('makes, for any group, the receiving one owe exactly what was owed', () => {
    const drawing = fc
      .tuple(fc.stringMatching(/^[aPG]{0,12}$/), fc.stringMatching(/^[P.]{0,4}$/))
      .map(([below, above]) => `${below}|${above}`);
    fc.assert(
      fc.property(drawing, fc.constantFrom(PARKED, WAITING), (drawn, carrier) => {
        const state = giving(drawn);
        const plan = planTurn(state, null, carrier);
        const existing = entriesOf(drawn).filter(({ kind }) => kind !== 'G');
        const owedBefore = existing
          .filter(({ n, kind }) => kind === 'P' || compareIds(id(n), state.cursor) > 0)
          .map(({ n }) => n);
        const owedAfter = existing
          .filter(({ n }) => compareIds(id(n), plan.cursor) > 0)
          .map(({ n }) => n)
          .concat(numbers(plan.move))
          .sort((a, b) => a - b);
        expect(owedAfter).toEqual(owedBefore);
        const twice =
          plan.run.length + plan.above.length + (carrier === WAITING ? plan.move.length : 0);
        expect(plan.announced).toBe(twice);
      }),
      { numRuns: 500 },
    );
  });
});

it('gives what is moved to live consumers that claim, and otherwise keeps it for an operator', () => {
  expect(carrierOf({ resumesPending: true })).toBe(WAITING);
  expect(carrierOf({ resumesPending: false })).toBe(PARKED);
});

function entriesOf(drawn: string): { n: number; kind: string }[] {
  return [...drawn.replace('|', '')].map((kind, at) => ({ n: at + 1, kind }));
}

function giving(drawn: string) {
  const entries = entriesOf(drawn);
  const cursor = Math.max(0, drawn.indexOf('|'));
  const existing = entries.filter(({ kind }) => kind !== 'G');
  return {
    cursor: id(cursor),
    pending: entries.filter(({ kind }) => 'PG'.includes(kind)).map(({ n }) => pending(n, 'c')),
    existing: new Set(existing.map(({ n }) => id(n))),
    tail: existing
      .filter(({ n }) => n <= cursor)
      .map(({ n }) => id(n))
      .reverse(),
  };
}

function pending(n: number, consumer: string): PendingEntry {
  return { id: id(n), consumer: consumerName(consumer), idleMs: 0, deliveries: 1 };
}
