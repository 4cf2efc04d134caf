import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { carry, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  await world.fill(10, { groups: [SOURCE, TARGET] });
  await world.handle(SOURCE, 10);
  await world.make('up');
});
afterEach(() => world.end());

/** Until a client is blocked in a read. */
async function blocked(): Promise<void> {
  await until(async () => /flags=b/.test(String(await world.redis.command('CLIENT', 'LIST'))));
}

describe('who reads', () => {
  it('is the module with its giving group', async () => {
    await world.reader();
    await blocked();
    const { result } = await carry('readers-seen', world.context());
    expect(result).toMatchObject({
      how: 'seen',
      readers: [{ group: SOURCE, consumer: 'memory-1' }],
    });
  });

  it('must be somebody, or this is another server', async () => {
    const problem = await problemOf(carry('readers-seen', world.context()));
    expect(problem).toMatchObject({ code: 'readers.none', exitCode: 3 });
    expect(problem.hint).toContain('Is this the Redis server that the module uses?');
  });

  it('is said to be in another database, by its number', async () => {
    const other = await world.redis.duplicate('elsewhere');
    await other.command('SELECT', 3);
    await other.command('XGROUP', 'CREATE', 'there', SOURCE, '0', 'MKSTREAM');
    const read = ['XREADGROUP', 'GROUP', SOURCE, 'c', 'BLOCK', '3000', 'STREAMS', 'there', '>'];
    const reading = other.command(...(read as [string, ...string[]])).catch(() => null);
    await blocked();
    const problem = await problemOf(carry('readers-seen', world.context()));
    other.close();
    await reading;
    expect(problem.code).toBe('readers.none');
    expect(problem.hint).toContain('Somebody reads in database 3; this is database 0.');
  });

  it('may be too busy to be asked, as long as the cursor moves', async () => {
    const steps = { ...world.plan.handoff, readBlockMs: 300 };
    await world.add(11, 40);
    const looking = carry(
      'readers-seen',
      world.context({ plan: { ...world.plan, handoff: steps } }),
    );
    for (let at = 0; at < 15; at += 1) {
      await world.handle(SOURCE, 1);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect((await looking).result).toMatchObject({ how: 'seen' });
  });

  it('needs nobody while the module is down', async () => {
    await world.make('up', false);
    expect((await carry('readers-seen', world.context())).result).toMatchObject({ readers: [] });
  });

  it('must not be anybody with the receiving group', async () => {
    await world.reader({ group: TARGET, consumer: 'forgotten' });
    await blocked();
    const problem = await problemOf(carry('readers-seen', world.context()));
    expect(problem).toMatchObject({ code: 'fence.receiving-read', exitCode: 3 });
    expect(problem.message).toContain(`already reads the receiving group ${TARGET}`);
    expect(problem.message).toContain('forgotten');
  });

  it('does not matter on a way back: a module that reads nothing is what one goes back for', async () => {
    await world.point(TARGET);
    const { result } = await carry('readers-seen', world.backContext());
    expect(result).toMatchObject({ how: 'seen', clients: [], readers: [] });
  });

  it('is not asked where the module is on the receiving side already', async () => {
    const { result } = await carry('readers-seen', world.backContext());
    expect(result).toEqual({ clients: [], readers: [] });
  });
});
