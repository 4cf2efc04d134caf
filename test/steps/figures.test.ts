import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listOf, textOf } from '../../src/redis/index.js';
import { GroupsFollower, groupLags, lookAtGroups, lookAtPending } from '../../src/steps/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { World } from './step-rig.js';

/*
 * Every figure an operator is shown equals a brute-force count by XRANGE and XPENDING, whatever was done
 * to the stream: entries deleted, trimmed, never read, read again after the cursor was set back, a
 * cursor at an id that never was.
 */

const GROUPS = ['memory', 'foreign'] as const;
let server: TestRedis;

beforeAll(async () => {
  server = await startRedis();
});

afterAll(() => server.stop());

type Op = readonly [name: string, n: number, group: (typeof GROUPS)[number]];
const op: fc.Arbitrary<Op> = fc.tuple(
  fc.constantFrom('add', 'add', 'read', 'read', 'ack', 'delete', 'trim', 'set', 'set-counted'),
  fc.nat({ max: 12 }),
  fc.constantFrom(...GROUPS),
);

it('lag, pending, backlog, ages and ghosts are what a count gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
      const world = await World.on(server);
      const { plan, redis, capabilities } = world;
      // The live view looks all along, and shows the same in the end.
      const follower = new GroupsFollower({ plan, redis, capabilities });
      await play(world, ops, () => follower.read());
      const seen = await lookAtGroups({ plan, redis, capabilities });
      const found = seen.groups.filter((each) => each.found !== null);
      expect(found.map(({ group }) => group).sort()).toEqual(['foreign', 'memory']);
      const figures = await groupLags({ plan, redis, capabilities }, found);
      const followed = (await follower.read()).groups.map((each) => each.figures);
      for (const [at, figure] of figures.entries()) {
        const live = followed.find(({ group }) => group === figure.group);
        const { headroom, state: _, oldestPendingMs, oldestUndeliveredMs, ...same } = figure;
        expect(live).toMatchObject(same);
        expect(live?.oldestPendingMs === null).toBe(oldestPendingMs === null);
        expect(live?.oldestUndeliveredMs === null).toBe(oldestUndeliveredMs === null);
        // Entries that were deleted meanwhile make it too small for a while, never too large.
        expect(live?.headroom.entries).toBeLessThanOrEqual(headroom.entries ?? 0);
        const atMs = found[at]?.atMs ?? 0;
        const { lag, pending, firstUndelivered, ghosts } = await counted(world, figure.group);
        expect(figure).toMatchObject({
          lag,
          lagAtLeast: lag,
          pending: pending.length,
          backlog: lag + pending.length,
          oldestPendingMs: pending[0] === undefined ? null : atMs - msOf(pending[0].id),
          oldestUndeliveredMs: firstUndelivered === null ? null : atMs - msOf(firstUndelivered),
        });
        const rows = await listed(world, figure.group);
        expect(rows).toMatchObject(pending);
        expect(rows.filter((row) => row.ghost).map(({ id }) => id)).toEqual(ghosts);
      }
    }),
    { numRuns: 60 },
  );
});

/** @param look done at the beginning and after every fifth operation */
async function play(world: World, ops: readonly Op[], look: () => Promise<unknown>): Promise<void> {
  const stream = world.stream();
  for (const group of GROUPS) {
    await world.redis.command('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
  }
  let last = 0;
  for (const [at, [name, n, group]] of ops.entries()) {
    if (at % 5 === 0) await look();
    const run = (...words: (string | number)[]) =>
      world.redis.command(String(words[0]), ...words.slice(1));
    if (name === 'add') {
      for (let i = 0; i <= n; i += 1) {
        last += 1;
        await run('XADD', stream, `${last}-0`, 'data', `{"n":${last}}`);
      }
    } else if (name === 'read') {
      const consumer = n % 2 === 0 ? 'even' : 'odd';
      await run('XREADGROUP', 'GROUP', group, consumer, 'COUNT', n + 1, 'STREAMS', stream, '>');
    } else if (name === 'ack') await run('XACK', stream, group, `${n}-0`, `${n + 1}-0`);
    else if (name === 'delete') await run('XDEL', stream, `${n}-0`, `${last}-0`);
    else if (name === 'trim') await run('XTRIM', stream, 'MAXLEN', n);
    else if (name === 'set') await run('XGROUP', 'SETID', stream, group, `${n}-0`);
    else await run('XGROUP', 'SETID', stream, group, `${n}-0`, 'ENTRIESREAD', n);
  }
}

async function counted(world: World, group: string) {
  const stream = world.stream();
  const cursor = (await world.group(group))?.cursor ?? '';
  const entries = listOf(await world.redis.command('XRANGE', stream, '-', '+')).map((entry) =>
    textOf(listOf(entry)[0]),
  );
  const after = entries.filter((id) => msOf(id) > msOf(cursor));
  const rows = listOf(await world.redis.command('XPENDING', stream, group, '-', '+', 1_000));
  const pending = rows.map((row) => {
    const [id, consumer, , deliveries] = listOf(row);
    return { id: textOf(id), consumer: textOf(consumer), deliveries: Number(deliveries) };
  });
  const ghosts = pending.map(({ id }) => id).filter((id) => !entries.includes(id));
  return { lag: after.length, pending, firstUndelivered: after[0] ?? null, ghosts };
}

async function listed(world: World, group: string) {
  const at = { stream: world.stream(), group, pending: 0 };
  const all = { minIdleMs: null, consumer: null, ghost: false, after: null };
  const rows = [];
  const context = { redis: world.redis, stateDir: world.plan.stateDir };
  for await (const part of lookAtPending(context, at, all, 1_000)) rows.push(...part.rows);
  return rows;
}

function msOf(id: string): number {
  return Number(id.split('-')[0]);
}
