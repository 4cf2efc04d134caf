import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareIds,
  entryId,
  isEntryId,
  millisecondsOf,
  predecessorOf,
  ZERO_ID,
} from '../../src/redis/index.js';

const MOST = (1n << 64n) - 1n;
const part = fc.oneof(fc.bigInt(0n, MOST), fc.bigInt(0n, 3n), fc.constant(MOST));
const anyId = fc.tuple(part, part).map(([ms, sequence]) => entryId(`${ms}-${sequence}`));

describe('entry ids', () => {
  it.each([
    ['1-0', '0-18446744073709551615'],
    ['5-7', '5-6'],
    ['1700000000000-0', '1699999999999-18446744073709551615'],
    ['0-1', '0-0'],
    ['0-0', '0-0'],
    ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551614'],
  ])('before %s comes %s', (id, before) => {
    expect(predecessorOf(entryId(id))).toBe(before);
  });

  it('have nothing between an id and its predecessor', () => {
    fc.assert(
      fc.property(anyId, anyId, (id, other) => {
        fc.pre(id !== ZERO_ID);
        const before = predecessorOf(id);
        expect(compareIds(before, id)).toBe(-1);
        expect(compareIds(other, before) <= 0 || compareIds(other, id) >= 0).toBe(true);
      }),
    );
  });

  it('are compared as pairs of numbers, not as text', () => {
    const sorted = ['0-0', '0-1', '9-0', '9-9', '9-10', '10-0', '10-2'].map(entryId);
    expect([...sorted].reverse().sort(compareIds)).toEqual(sorted);
  });

  it.each([
    '',
    '1',
    '1-',
    '-1',
    'a-0',
    '1-0 ',
    '1-0-0',
    '18446744073709551616-0',
    '1-18446744073709551616',
  ])('are not %j', (text) => {
    expect(isEntryId(text)).toBe(false);
    expect(() => entryId(text)).toThrow(RangeError);
  });

  it('tell when the entry was added', () => {
    expect(millisecondsOf(entryId('1700000000123-4'))).toBe(1_700_000_000_123);
  });
});
