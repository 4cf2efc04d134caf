import { expect, it } from 'vitest';
import { checkHistories, seedFrom } from './histories.js';

/*
 * The long run, by `npm run test:histories`: HISTORIES says how many (1,000), HISTORIES_SEED repeats
 * a run.
 */
it('keeps every rule in very many random histories on a real Redis', async () => {
  const runs = Number(process.env['HISTORIES'] ?? 1_000);
  const figures = await checkHistories({
    runs,
    seed: seedFrom(process.env),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  expect(figures.histories).toBe(runs);
  for (const [name, figure] of Object.entries(figures)) expect(figure, name).toBeGreaterThan(0);
});
