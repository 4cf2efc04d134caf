import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { proposeRollback } from '../../src/runbooks/index.js';
import { NO_OPTIONS, SOURCE, TARGET, World } from '../steps/step-rig.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { hostOf, rollback, settle, stateOf } from './verb-rig.js';

/* Which side is the active one, where journal, settings and readers disagree. */

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(() => world.end());

async function drifting(up: boolean, settings: string, reads: string | null): Promise<void> {
  world = await World.on(server);
  await world.fill(10, { groups: [SOURCE, TARGET] });
  await world.handle(SOURCE, 4);
  await world.handle(TARGET, 10);
  await world.make('up', up);
  if (reads !== null) {
    await world.reader({ group: reads });
    await until(async () =>
      String(await world.redis.command('CLIENT', 'LIST')).includes('flags=b'),
    );
  }
  await world.point(settings);
}

const propose = (side: 'source' | 'target' | null = null) =>
  proposeRollback(hostOf(world), {
    ...{ module: 'memory', among: ['memory'], side, options: NO_OPTIONS },
  });

describe('the active side', () => {
  it('is where a running module reads, against its settings: the settings are put right', async () => {
    await drifting(true, TARGET, SOURCE);
    expect(await stateOf(world)).toBe('drift');
    const back = await rollback(world);
    expect(back?.run.exitCode).toBe(0);
    // Handed over it would have owed nothing any more.
    expect((await world.group(TARGET))?.cursor).toBe('10-0');
    expect(await world.pointsTo()).toBe(SOURCE);
    expect(await stateOf(world)).toBe('source');
  });

  it('is the target where it reads there, against its settings: it is handed over', async () => {
    await drifting(true, SOURCE, TARGET);
    const proposal = await propose();
    expect(proposal).toMatchObject({ kind: 'move', move: { handedOver: false } });
  });

  it('is told by the settings of a module that is down, whoever reads', async () => {
    await drifting(false, TARGET, SOURCE);
    expect(await propose()).toMatchObject({ kind: 'move', move: { handedOver: null } });
  });

  it('is nobody’s guess where neither tells, and may be said', async () => {
    await drifting(false, 'nonsense', null);
    const problem = await problemOf(propose());
    expect(problem).toMatchObject({ code: 'side.unknown', exitCode: 1 });
    expect(problem.message).toContain('memory');
    expect(problem.next).toEqual(['orion-bus rollback --phase 2 --module memory --side target']);
    expect(await propose('target')).toMatchObject({ kind: 'move', move: { handedOver: false } });
    expect(await propose('source')).toMatchObject({ kind: 'move', move: { handedOver: true } });
  });

  it('is the source, and the journal is what is wrong: adopting is the next command', async () => {
    await drifting(false, SOURCE, null);
    expect(await propose()).toMatchObject({ kind: 'nothing', next: 'orion-bus status' });
    const journal = await Journal.open(world.plan.stateDir, { clock: systemClock });
    const data = { modules: { memory: 'target' } };
    await journal.append({ type: 'adopted', run: 'r1', data, redisAt: 0 });
    await journal.close();
    expect(await stateOf(world)).toBe('drift');
    expect(await propose()).toMatchObject({
      kind: 'nothing',
      next: 'orion-bus journal adopt --reason TEXT',
    });
  });
});

describe('a settle', () => {
  it('holds no ghost against itself that it inherited', async () => {
    world = await World.on(server);
    await world.fill(10);
    await world.handle(SOURCE, 10, { pending: [2, 9, 10] });
    await world.redis.command('XTRIM', world.stream(), 'MINID', '5-0');
    await world.make('up');
    await world.reader();
    const settled = await settle(world);
    expect(settled).toMatchObject({ announced: 2, lost: 0, unaudited: [] });
    expect(settled.run.outcome).toBe('done');
    expect(await world.group(SOURCE)).toEqual({ cursor: '10-0', pending: [] });
  });
});
