import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { PhaseWorld } from './phase-rig.js';
import { killedAt } from './verb-rig.js';

/*
 * The process ends at a step of the run, or of a part of it; the same command then comes to the same end
 * as the unbroken run.
 */

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

type Point = readonly [step: string, when: 'started' | 'done'];

const PARTS: readonly Point[] = [
  ['hold', 'done'],
  ['stop', 'started'],
  ['turn', 'done'],
  ['edit-settings', 'done'],
  ['start', 'started'],
  ['start', 'done'],
];

describe('a cutover that is killed', () => {
  it('comes to the same end by the same command', async () => {
    const points: readonly Point[] = [
      ['gates', 'done'],
      ['publisher[memory]', 'started'],
      ...PARTS,
      ['publisher[edge]', 'started'],
      ['source-down', 'started'],
      ['begin-burn-in', 'started'],
    ];
    await sameEnd('phase3-cutover', points, async () => PhaseWorld.on(server));
  });
});

describe('a rollback that is killed', () => {
  it('comes to the same end by the same command', async () => {
    const points: readonly Point[] = [
      ['source-up', 'started'],
      ['module-back[memory]', 'started'],
      ...PARTS,
      ['publisher[edge]', 'started'],
      ['target-down', 'started'],
      ['validate', 'started'],
    ];
    await sameEnd('rollback-phase3', points, moved);
  });

  it('also takes the place of a cutover that was killed in any part', async () => {
    const unbroken = await PhaseWorld.on(server);
    expect((await unbroken.do('rollback-phase3')).run.error?.message).toBeUndefined();
    const end = await unbroken.end();
    await unbroken.close();
    await Promise.all(
      PARTS.map(async ([step, when]) => {
        const here = await PhaseWorld.on(server);
        await here.do('phase3-cutover', { more: killedAt(step, when) });
        const { run } = await here.do('rollback-phase3');
        expect({ step, why: run.error?.message, ...(await here.end()) }).toEqual({
          ...{ step, why: undefined },
          ...end,
        });
        await here.close();
      }),
    );
  });
});

async function moved(): Promise<PhaseWorld> {
  const here = await PhaseWorld.on(server);
  await here.do('phase3-cutover');
  await here.up('bus-target');
  return here;
}

async function sameEnd(
  verb: 'phase3-cutover' | 'rollback-phase3',
  points: readonly Point[],
  begin: () => Promise<PhaseWorld>,
): Promise<void> {
  const unbroken = await begin();
  expect((await unbroken.do(verb)).run.error?.message).toBeUndefined();
  const end = await unbroken.end();
  await unbroken.close();
  await Promise.all(
    points.map(async ([step, when]) => {
      const here = await begin();
      const killed = await here.do(verb, { more: killedAt(step, when) });
      expect([step, killed.run.exitCode, killed.run.open]).toEqual([step, 130, true]);
      const { run } = await here.do(verb);
      expect({
        step,
        why: run.error?.message,
        ...(await here.end()),
      }).toEqual({ step, why: undefined, ...end });
      await here.close();
    }),
  );
}
