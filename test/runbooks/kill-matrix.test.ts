import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Attempted, Rig } from './rig.js';

/*
 * The process ends at every point there is: before and after each record is on the disk, and before,
 * during and after every look and every write of every step. The points are those that the unbroken run
 * passed, so that a new step is covered by being there. The same command, run again, must come to the
 * same end as the unbroken run.
 */

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.each<[string, Readonly<Record<string, string>>, string]>([
  ['a migration', {}, 'done none'],
  ['one that a gate refuses', { gate: 'shut' }, 'failed none'],
  ['one that fails in the pause and goes back', { 'owner:jammed': 'target' }, 'failed done'],
  ['one that fails after the start and goes back', { flow: 'dry' }, 'failed done'],
  ['one whose way back fails', { flow: 'dry', 'settings:jammed': 'source' }, 'failed failed'],
])('%s, ended at every point', (_, world, expected) => {
  it('comes to the same end', async () => {
    const unbroken = await Rig.on(redis, world);
    const whole = await unbroken.attempt();
    const end = await endOf(unbroken, whole);
    expect(end.outcome).toBe(expected);
    expect(whole.points.length).toBeGreaterThan(10);
    await forAll(whole.points.entries(), async ([index, point]) => {
      const rig = await Rig.on(redis, world);
      const first = await rig.attempt({
        at: (_at, passed, die) => (passed === index ? die() : undefined),
      });
      expect(first.result).toBe('process ended');
      const last = isFinished(first) ? first : await rig.attempt();
      expect({ point, ...(await endOf(rig, last)) }).toEqual({ point, ...end });
      await rig.remove();
    });
  });
});

describe('a migration, ended at two points', () => {
  it('comes to the same end', async () => {
    const world = { flow: 'dry' };
    const unbroken = await Rig.on(redis, world);
    const whole = await unbroken.attempt();
    const end = await endOf(unbroken, whole);
    // Each first point with one second point; the steps differ, so that all distances occur.
    const every = whole.points.map((_, index) => index).filter((index) => index % 5 === 0);
    await forAll(every, async (first) => {
      const second = (first * 7) % 40;
      const rig = await Rig.on(redis, world);
      let last: Attempted | null = null;
      for (const point of [first, second, Number.POSITIVE_INFINITY]) {
        if (last !== null && isFinished(last)) break;
        last = await rig.attempt({
          at: (_at, passed, die) => (passed === point ? die() : undefined),
        });
      }
      if (last === null) throw new Error('there were attempts');
      expect({ first, second, ...(await endOf(rig, last)) }).toEqual({ first, second, ...end });
      await rig.remove();
    });
  });
});

/** Some worlds at a time: most of a run is waiting for the disk. */
async function forAll<T>(items: Iterable<T>, check: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await check(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const isFinished = ({ records }: Attempted): boolean => records.at(-1)?.type === 'run.finished';

/** What two runs must have in common: the world, what the run came to, and what became of each effect. */
async function endOf(
  rig: Rig,
  { records }: Attempted,
): Promise<{ outcome: string; [key: string]: unknown }> {
  const finished = records.at(-1)?.data ?? {};
  const effects = new Map<string, string>();
  for (const { type, step } of records) {
    if (step !== undefined && ['step.done', 'step.skipped', 'step.undone'].includes(type))
      effects.set(step, type);
  }
  return {
    outcome: `${finished['outcome']} ${finished['undo']}`,
    exitCode: finished['exitCode'],
    error: finished['error'],
    undoError: finished['undoError'],
    world: await rig.world(),
    effects: Object.fromEntries([...effects].sort(([a], [b]) => (a < b ? -1 : 1))),
    intents: records
      .filter(({ type }) => type === 'step.intended')
      .map(({ step, data }) => ({ step, data })),
  };
}
