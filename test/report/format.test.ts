import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatRatio,
} from '../../src/report/index.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('figures', () => {
  it.each<[ms: number | null, text: string]>([
    [null, '-'],
    [Number.NaN, '-'],
    [0, '0 ms'],
    [850.9, '850 ms'],
    [999.9, '999 ms'],
    [3_299, '3.2 s'],
    [9_999, '9.9 s'],
    [42_900, '42 s'],
    [MINUTE - 1, '59 s'],
    [MINUTE, '1 m'],
    [3 * MINUTE + 20 * SECOND, '3 m 20 s'],
    [HOUR - 1, '59 m 59 s'],
    [5 * HOUR + 12 * MINUTE, '5 h 12 m'],
    [DAY, '1 d'],
    [6 * DAY + 3 * HOUR, '6 d 3 h'],
    [-2_500, '-2.5 s'],
  ])('%d ms: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each<[count: number | null, text: string]>([
    [null, '-'],
    [0, '0'],
    [999, '999'],
    [12_345, '12,345'],
    [1_000_000, '1,000,000'],
  ])('%d entries: %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each<[bytes: number | null, text: string]>([
    [null, '-'],
    [512, '512 B'],
    [1_536, '1.5 KB'],
    [2_048, '2 KB'],
    [100 * 2 ** 20, '100 MB'],
    [3.25 * 2 ** 30, '3.3 GB'],
  ])('%d bytes: %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('one and many', () => {
    expect(formatCountOf(1, 'entry', 'entries')).toBe('1 entry');
    expect(formatCountOf(2_000, 'entry', 'entries')).toBe('2,000 entries');
    expect([formatRatio(0.01), formatRatio(0.0025), formatRatio(null)]).toEqual([
      '1 %',
      '0.25 %',
      '-',
    ]);
  });
});
