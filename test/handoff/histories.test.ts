import { expect, it } from 'vitest';
import { checkHistories, seedFrom } from './histories.js';

it('keeps every rule in random histories on a real Redis', async () => {
  const figures = await checkHistories({
    runs: 40,
    seed: seedFrom(process.env),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  expect(figures.histories).toBe(40);
  // Histories in which nothing happened would prove nothing.
  const { handoffs, rewind, crashes, undone, again } = figures;
  expect(Math.min(handoffs, rewind, crashes, undone, again)).toBeGreaterThan(0);
  expect(again).toBeLessThanOrEqual(figures.announced);
});
