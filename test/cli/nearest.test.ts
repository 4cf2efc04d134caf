import { expect, it } from 'vitest';
import { nearest } from '../../src/cli/nearest.js';

const WORDS = ['contracts', 'journal', 'memory', 'guardian', 'ack'];

it.each<[typed: string, meant: string | null]>([
  ['contrcts', 'contracts'],
  ['cnotracts', 'contracts'],
  ['MEMORY', 'memory'],
  ['memroy', 'memory'],
  ['ak', 'ack'],
  ['act', 'ack'],
  ['xyzzy', null],
  ['', null],
])('%j is nearest to %j', (typed, meant) => {
  expect(nearest(typed, WORDS)).toBe(meant);
});
