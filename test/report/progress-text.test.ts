import { expect, it } from 'vitest';
import { progressText } from '../../src/report/index.js';

it.each([
  [0, 1_000_000, 3_000, '0 of 1,000,000 (0 %)'],
  [120_000, 1_000_000, 12_000, '120,000 of 1,000,000 (12 %), 1 m 28 s left'],
  [999_999, 1_000_000, 100_000, '999,999 of 1,000,000 (99 %), 0 ms left'],
  [1_000_000, 1_000_000, 100_000, '1,000,000 of 1,000,000 (100 %)'],
  [10, 100, 20, '10 of 100 (10 %)'],
  [0, 0, 5_000, '0 of 0 (100 %)'],
])('%i of %i after %i ms', (done, total, elapsedMs, text) => {
  expect(progressText(done, total, elapsedMs)).toBe(text);
});
