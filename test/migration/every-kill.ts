import { expect, it } from 'vitest';
import { builtPackage } from '../support/built.js';
import { KillRounds, type Round, type RoundResult } from './kill-rounds.js';

/*
 * The tool is ended after every single effect of a migration and of a rollback, and run again; and
 * after every effect of a migration, and the module is put back instead. Yards work side by side, each
 * for as many rounds as keep its journal short.
 *
 * KILL_EVERY=n takes every n-th point only; KILL_YARDS is how many yards work at a time.
 */

const EVERY = Number(process.env['KILL_EVERY'] ?? 1);
const YARDS = Number(process.env['KILL_YARDS'] ?? 3);
const ROUNDS_A_YARD = 24;
/** A run under traffic has a few effects more or less than the one that was counted. */
const BEYOND = 10;

it('comes to the same end from every point', async () => {
  const packageRoot = await builtPackage();
  const waiting = await everyRound(packageRoot);
  const count = waiting.length;
  const results: RoundResult[] = [];
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const rounds = await KillRounds.open(packageRoot);
      try {
        for (const round of waiting.splice(0, ROUNDS_A_YARD)) {
          if (round.verb === 'rollback') await rounds.bringTo('target');
          else await rounds.bringTo('source');
          const result = await rounds.round(round);
          results.push(result);
          say(`${results.length}/${count} ${told(result)}`);
        }
      } finally {
        await rounds.end();
      }
    }
  };
  await Promise.all(Array.from({ length: YARDS }, work));
  say(figures(results));
  const wrong = results.filter((result) => result.wrong.length > 0);
  expect(wrong.map(told)).toEqual([]);
  expect(results.filter(({ ended }) => ended).length).toBeGreaterThan(0.8 * results.length);
});

/** Migrations and rollbacks in turn, so that seldom an extra move is needed between two rounds. */
async function everyRound(packageRoot: string): Promise<Round[]> {
  const rounds = await KillRounds.open(packageRoot);
  try {
    const migrations = (await rounds.effectsOf('migrate')).length + BEYOND;
    const rollbacks = (await rounds.effectsOf('rollback')).length + BEYOND;
    say(`${migrations} points of a migration, ${rollbacks} of a rollback`);
    const found: Round[] = [];
    for (let endAfter = 1; endAfter <= Math.max(migrations, rollbacks); endAfter += EVERY) {
      if (endAfter <= migrations) found.push({ verb: 'migrate', endAfter, next: 'again' });
      if (endAfter <= rollbacks) found.push({ verb: 'rollback', endAfter, next: 'again' });
      if (endAfter <= migrations) found.push({ verb: 'migrate', endAfter, next: 'back' });
    }
    return found;
  } finally {
    await rounds.end();
  }
}

function figures(results: readonly RoundResult[]): string {
  const sum = (figure: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + figure(result), 0);
  const ended = sum((result) => (result.ended ? 1 : 0));
  const more = sum((result) => (result.runs > 1 ? 1 : 0));
  const wrong = sum((result) => (result.wrong.length > 0 ? 1 : 0));
  return [
    `${results.length} rounds, ${ended} of them ended in the middle, ${more} run more than once after it;`,
    `${sum(({ announced }) => announced)} messages announced, ${sum(({ repeated }) => repeated)} repeated;`,
    `${wrong} rounds came to a wrong end`,
  ].join(' ');
}

function told({
  verb,
  endAfter,
  next,
  ended,
  runs,
  announced,
  repeated,
  wrong,
}: RoundResult): string {
  const end = ended ? `ended after ${endAfter}` : `over before ${endAfter}`;
  const again = `${next}${runs > 1 ? ` ${runs} times` : ''}`;
  const verdict = wrong.length === 0 ? 'ok' : wrong.join('; ');
  return `${verb} ${end}, ${again}, ${announced} announced, ${repeated} repeated: ${verdict}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
