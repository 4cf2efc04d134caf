import { expect, it } from 'vitest';
import { type Effect, KillRounds, type Next } from '../migration/kill-rounds.js';
import { builtPackage } from '../support/built.js';

// Every point is for `npm run test:kills`; here are some, spread over a run and over the kinds of effects.
const POINTS_A_VERB = 3;

it.concurrent.each(['again', 'back'] as const)(
  'a tool that is ended in the middle comes to the same end by running %s',
  async (next) => {
    const rounds = await KillRounds.open(await builtPackage());
    try {
      const migrations = spread(await rounds.effectsOf('migrate'), next);
      let ended = 0;
      const rollbacks = spread(await rounds.effectsOf('rollback'), next);
      for (const [index, point] of migrations.entries()) {
        const there = await rounds.round({ verb: 'migrate', endAfter: point.at, next });
        expect(there.wrong, `${point.kind} ${point.what}`).toEqual([]);
        ended += Number(there.ended);
        const back = rollbacks[index];
        if (next === 'back' || back === undefined) continue;
        const home = await rounds.round({ verb: 'rollback', endAfter: back.at, next });
        expect(home.wrong, `${back.kind} ${back.what}`).toEqual([]);
        ended += Number(home.ended);
      }
      // A run under traffic has a few effects more or less than the one that was counted.
      expect(ended).toBeGreaterThan(POINTS_A_VERB);
    } finally {
      await rounds.end();
    }
  },
  300_000,
);

/** Evenly from the first record to the start of the module; answers of Redis and the rest in turn. */
function spread(effects: readonly Effect[], next: Next): readonly Effect[] {
  const began = effects.findIndex(({ kind }) => kind === 'write');
  const started = effects.findIndex(
    ({ kind, what }) => kind === 'write' && what === 'step.done start',
  );
  const begun = effects.slice(began, started);
  const count = next === 'back' ? 2 * POINTS_A_VERB : POINTS_A_VERB;
  return Array.from({ length: count }, (_, index) => {
    const redis = index % 2 === 0;
    const kinds = begun.filter(({ kind }) => (kind === 'redis') === redis);
    return kinds[Math.floor(((index + 0.5) / count) * kinds.length)];
  }).filter((effect) => effect !== undefined);
}
