import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lookAtStream } from '../../src/facts/index.js';
import {
  keepWarm,
  lookAtRedelivery,
  type WarmMark,
  type WarmTick,
} from '../../src/handoff/index.js';
import { groupName, ownKeys } from '../../src/redis/index.js';
import { SOURCE, TARGET, World } from '../steps/step-rig.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;
let world: World;
let mark: WarmMark | null;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  mark = null;
  await world.fill(20, { groups: [SOURCE, TARGET] });
});

async function tick({ clustered = false } = {}): Promise<WarmTick> {
  const groups = { stream: world.stream(), type: 'event' };
  const sides = { giving: groupName(SOURCE), receiving: groupName(TARGET) };
  const { redis, prefix } = world;
  const done = await keepWarm(redis, { clustered }, prefix, { ...groups, ...sides }, mark);
  if (done.kind === 'warm') mark = done.mark;
  return done;
}

const cursorOf = async (group: string): Promise<string | undefined> =>
  (await world.group(group))?.cursor;
const command = (...words: string[]) => world.redis.command(words[0] ?? '', ...words.slice(1));
const setId = (group: string, id: string) => command('XGROUP', 'SETID', world.stream(), group, id);
const redelivery = async () => {
  const options = { countCap: 0 };
  const look = await lookAtStream(world.redis, world.capabilities, world.stream(), options);
  return lookAtRedelivery(world.redis, look, { source: SOURCE, target: TARGET });
};

describe('the group that a module left', () => {
  it('follows the one it reads with, and its lag stays known', async () => {
    await tick();
    expect(await cursorOf(SOURCE)).toBe('0-0');
    await world.handle(TARGET, 12);
    expect(await redelivery()).toEqual({ stream: world.stream(), count: 12, pinnedBy: [] });
    expect(await tick()).toMatchObject({ kind: 'warm', mark: { cursor: '12-0' } });
    expect(await redelivery()).toMatchObject({ count: 0 });
    const options = { countCap: 100 };
    const look = await lookAtStream(world.redis, world.capabilities, world.stream(), options);
    expect(look.groups.find(({ name }) => name === SOURCE)).toMatchObject({
      entriesRead: 12,
      lag: { known: true, value: 8 },
    });
  });

  it('stays below the lowest entry in hand, but not below a parked one', async () => {
    await world.handle(TARGET, 12, { pending: [3, 7] });
    await command('XCLAIM', world.stream(), TARGET, 'orion-bus-parked', '0', '3-0', 'JUSTID');
    await tick();
    expect(await cursorOf(SOURCE)).toBe('6-0');
    await command('XACK', world.stream(), TARGET, '7-0');
    await tick();
    expect(await cursorOf(SOURCE)).toBe('12-0');
  });

  it('stays where it is while the very first entry is in hand', async () => {
    await world.handle(TARGET, 5, { pending: [1] });
    await tick();
    expect(await cursorOf(SOURCE)).toBe('0-0');
  });

  it('never goes back', async () => {
    await world.handle(TARGET, 12);
    await tick();
    await setId(TARGET, '5-0');
    expect(await tick()).toMatchObject({ kind: 'warm' });
    expect(await cursorOf(SOURCE)).toBe('12-0');
  });

  it.each([
    ['its cursor was moved', () => setId(SOURCE, '4-0')],
    ['it was read', () => world.handle(SOURCE, 2, { pending: [1] })],
    ['it was read and everything acknowledged', () => world.handle(SOURCE, 2)],
  ])('is left alone when %s by somebody else', async (_, interfere) => {
    await world.handle(TARGET, 12, { pending: [2] });
    await tick();
    await interfere();
    const before = await cursorOf(SOURCE);
    await command('XACK', world.stream(), TARGET, '2-0');
    expect(await tick()).toMatchObject({ kind: 'drift', cursor: before });
    expect(await cursorOf(SOURCE)).toBe(before);
  });

  it('is not touched while a lease is held, nor by a tick that a run came before', async () => {
    await tick();
    await world.handle(TARGET, 12);
    await command('SET', ownKeys.lease(world.prefix), 'somebody');
    expect(await tick()).toEqual({ kind: 'waiting' });
    await command('DEL', ownKeys.lease(world.prefix));
    await command('SET', ownKeys.tokenOf(world.stream()), '8');
    expect(await tick()).toEqual({ kind: 'begun-anew' });
    expect(await cursorOf(SOURCE)).toBe('0-0');
    mark = null;
    expect(await tick()).toMatchObject({ kind: 'warm', mark: { cursor: '12-0', token: '8' } });
  });

  it('waits where a group or the stream is missing', async () => {
    await command('XGROUP', 'DESTROY', world.stream(), TARGET);
    expect(await tick()).toEqual({ kind: 'waiting' });
    await command('DEL', world.stream());
    expect(await tick()).toEqual({ kind: 'waiting' });
  });

  it('on a cluster goes by the token alone, since the lease is in another slot', async () => {
    await world.handle(TARGET, 12);
    await command('SET', ownKeys.lease(world.prefix), 'somebody');
    expect(await tick({ clustered: true })).toMatchObject({ kind: 'warm' });
  });
});

it('names what keeps the source group back where very much would be handled again', async () => {
  await world.add(21, 200);
  await world.handle(TARGET, 200, { pending: [2, 150] });
  await tick();
  expect(await redelivery()).toMatchObject({ count: 197, pinnedBy: ['2-0', '150-0'] });
});

/** Every history keeps: the source group owes at least what is not done on the target, and nobody lost it. */
it('owes all that is not done on the target, whatever happens between two ticks', async () => {
  const deed = fc.oneof(
    fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('ack' as const), at: fc.nat(30) }),
    fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('trim' as const), to: fc.nat(15) }),
    fc.record({ kind: fc.constant('lease' as const), held: fc.boolean() }),
    fc.record({ kind: fc.constant('tick' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 25 }), async (deeds) => {
      world = await World.on(server);
      mark = null;
      await world.fill(10, { groups: [SOURCE, TARGET] });
      const inHand = new Set<string>();
      let last = 10;
      let leased = false;
      for (const each of deeds) {
        const before = await cursorOf(SOURCE);
        if (each.kind === 'read') {
          const owed = (await world.owedByCursor(TARGET)).slice(0, each.count);
          await world.handle(TARGET, each.count, {
            pending: owed.map((id) => Number.parseInt(id, 10)),
          });
          for (const id of owed) inHand.add(id);
        } else if (each.kind === 'ack') {
          const id = [...inHand][each.at];
          if (id !== undefined) await command('XACK', world.stream(), TARGET, id);
          if (id !== undefined) inHand.delete(id);
        } else if (each.kind === 'add') {
          await world.add(last + 1, last + each.count);
          last += each.count;
        } else if (each.kind === 'trim') {
          await command('XTRIM', world.stream(), 'MINID', `${each.to}-0`);
        } else if (each.kind === 'lease') {
          leased = each.held;
          const key = ownKeys.lease(world.prefix);
          await (leased ? command('SET', key, 'x') : command('DEL', key));
        } else {
          expect((await tick()).kind).toBe(leased ? 'waiting' : 'warm');
        }
        const owed = new Set(await world.owedByCursor(SOURCE));
        const stream = new Set(await world.owedByCursor('nobody'));
        for (const id of [...inHand, ...(await world.owedByCursor(TARGET))]) {
          if (stream.has(id)) expect(owed.has(id), `${id} after ${each.kind}`).toBe(true);
        }
        const moved = (await cursorOf(SOURCE)) !== before;
        expect(moved && (leased || each.kind !== 'tick')).toBe(false);
      }
    }),
    { numRuns: 12 },
  );
});
