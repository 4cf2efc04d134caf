import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDeliveries } from '../../src/bus/delivery-source.js';
import { GroupMember, type GroupPlace, type PendingEntry } from '../../src/bus/group-member.js';
import { ReadingConnection } from '../../src/bus/reading-connection.js';
import { systemClock } from '../../src/problems/index.js';
import { consumerName, groupName, listOf, type Reply, streamKey } from '../../src/redis/index.js';
import { until } from '../support/until.js';
import { shippedContracts } from './bus-fixture.js';
import { startConsumer } from './consumer-process.js';
import {
  DEAD,
  deadLetters,
  eventOf,
  GROUP,
  numberIn,
  pendingIn,
  quick,
  STREAM,
} from './subscriber-fixture.js';
import { startWorld, type World } from './subscriber-world.js';

/*
 * Row 3 of the failure table, where nobody tells the consumer: it has entries in hand and no room, so it
 * does not read; the group is destroyed, and made again by another who has read on.
 */

let world: World;
let redis: World['redis'];

beforeEach(async () => {
  world = await startWorld();
  ({ redis } = world);
});
afterEach(() => world.stop());

/** As another consumer does that has read to the end. */
const makeAnew = (): Promise<Reply[]> =>
  redis.link.transaction([
    ['xgroup', 'DESTROY', STREAM, GROUP],
    ['xgroup', 'CREATE', STREAM, GROUP, '$'],
  ]);

/** id, consumer and deliveries of what is pending. */
async function pending(): Promise<readonly unknown[][]> {
  const rows = await redis.link.command('XPENDING', STREAM, GROUP, '-', '+', 10);
  return listOf(rows).map((row) => {
    const [id, consumer, , deliveries] = listOf(row);
    return [id, consumer, deliveries];
  });
}

describe('a consumer of the library with no room', () => {
  /** Handles one message after the other, each when it is told how. */
  async function slowly(more: object = {}): Promise<{
    readonly runs: [number, number][];
    readonly end: (how: 'done' | 'failed') => void;
    readonly lost: () => number;
  }> {
    const runs: [number, number][] = [];
    let end: (how: 'done' | 'failed') => void = () => undefined;
    const options = { ...quick, credit: 1, minIdleMs: 60_000, onProblem: world.note, ...more };
    const subscription = await world.bus.subscribe('event', options, async (event, delivery) => {
      runs.push([numberIn(event), delivery.deliveries]);
      const how = await new Promise<'done' | 'failed'>((resolve) => {
        end = resolve;
      });
      if (how === 'failed') throw new Error('not today');
    });
    return { runs, end: (how) => end(how), lost: () => subscription.stats().lost };
  }

  test('its handler fails: the message is handled again, and the delivery is counted', async () => {
    const { runs, end } = await slowly();
    await world.publish(1);
    await until(() => runs.length === 1);
    await makeAnew();
    end('failed');
    await until(() => runs.length === 2);
    end('done');
    await until(world.settled);
    expect(runs).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test('its handler fails for the last time: it goes to the dead letters', async () => {
    const { runs, end } = await slowly({ maxDeliveries: 1 });
    await world.publish(1);
    await until(() => runs.length === 1);
    await makeAnew();
    end('failed');
    await until(async () => Number(await redis.link.command('XLEN', DEAD)) === 1);
    expect(await deadLetters(redis.link)).toMatchObject([{ deliveries: '1' }]);
  });

  test('a sign of life puts it back once; what was acknowledged stays so', async () => {
    const { runs, end, lost } = await slowly({ credit: 2, minIdleMs: 300 });
    await world.publish(1);
    await until(() => runs.length === 1);
    end('done');
    await until(world.settled);
    const second = await world.publish(2);
    const third = await world.publish(3);
    await until(async () => (await pendingIn(redis.link)) === 2);
    await makeAnew();
    await until(async () => (await pendingIn(redis.link)) === 2);
    expect(await pending()).toEqual([
      [second, 'one', 1],
      [third, 'one', 1],
    ]);
    // An operator settles one; the group is the same, so the next sign of life leaves it settled.
    await redis.link.command('XACK', STREAM, GROUP, third);
    const idleBelow = async (): Promise<number> =>
      Number(
        listOf(listOf(await redis.link.command('XPENDING', STREAM, GROUP, '-', '+', 1))[0])[2],
      );
    const before = await idleBelow();
    await until(async () => (await idleBelow()) < before || before < 5);
    expect(await pending()).toEqual([[second, 'one', 1]]);
    end('done');
    await until(world.settled);
    expect(lost()).toBe(0);
  });

  test('the key is deleted: the message in hand is told as lost, and the new stream is owed whole', async () => {
    const { runs, end, lost } = await slowly();
    await world.publish(1);
    await until(() => runs.length === 1);
    await redis.link.transaction([
      ['del', STREAM],
      ['xadd', STREAM, '*', 'data', JSON.stringify(eventOf({ n: 2 }))],
      ['xgroup', 'CREATE', STREAM, GROUP, '0'],
    ]);
    end('failed');
    await until(() => runs.length === 2);
    end('done');
    await until(world.settled);
    expect(runs.map(([n]) => n)).toEqual([1, 2]);
    expect([lost(), world.problems]).toEqual([1, ['handler.failed', 'entry.lost']]);
  });
});

test('a process that dies after a sign of life leaves its message to another', async () => {
  const { onProblem: _, ...options } = quick;
  const process = await startConsumer(redis, { ...options, credit: 1 }, { 1: 'hang' });
  await world.publish(1);
  await until(() => process.lines.includes('begin 1 1'));
  await makeAnew();
  await until(async () => (await pendingIn(redis.link)) === 1);
  process.kill('SIGKILL');
  expect(await process.ended).toBe('SIGKILL');
  await world.subscribe({ consumer: 'two' });
  await until(() => world.seen.length === 1);
  await until(world.settled);
  expect(world.seen).toEqual([[1, 2]]);
});

test('a source of entries over HTTP with no credit puts back what it holds', async () => {
  const source = await openDeliveries({
    ...{ link: redis.link, contracts: await shippedContracts(), type: 'event' },
    ...{ stream: streamKey(STREAM), deadStream: streamKey(DEAD), group: groupName(GROUP) },
    ...{ consumer: consumerName('one'), credit: 1, start: 'beginning', minIdleMs: 300 },
    ...{ maxDeliveries: 5, clock: systemClock, random: Math.random, onProblem: () => undefined },
  });
  const id = await world.publish(1);
  await source.next(new AbortController().signal);
  await makeAnew();
  await until(async () => (await pendingIn(redis.link)) === 1);
  expect(await pending()).toEqual([[id, 'one', 1]]);
  expect(await source.acknowledge([id])).toBe(1);
  await source.close();
});

describe('whatever a consumer asks next, what it has in hand is pending again, and nothing else', () => {
  const place = { stream: STREAM, group: GROUP, consumer: 'one', deadStream: DEAD } as GroupPlace;
  type Ask = (member: GroupMember, held: PendingEntry) => Promise<unknown>;
  const asks: Record<string, Ask> = {
    'a sign of life': (member, { id }) => member.renew([id]),
    'a further delivery of another': (member) => member.take('1-1' as PendingEntry['id'], 5),
    'a sweep': (member) => member.sweep(null, 10, { ownMs: 0, othersMs: 0 }),
    'a dead letter of another': (member) => member.deadLetter('1-1' as PendingEntry['id'], 1, 'no'),
    'a read': async (member) => {
      const how = { commands: redis.link, name: 'test', blockMs: 100, clock: systemClock };
      const connection = await ReadingConnection.open(how);
      await connection.read(member, 1, new AbortController().signal);
      connection.close();
    },
  };

  test.each(Object.entries(asks))('%s', async (_, ask) => {
    const entries: PendingEntry[] = [];
    const member = new GroupMember(redis.link, place, () => entries);
    const done = await world.publish(1);
    const held = { id: await world.publish(2), deliveries: 3 };
    await redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '0');
    await redis.link.command('XREADGROUP', 'GROUP', GROUP, 'one', 'STREAMS', STREAM, '>');
    entries.push(held, { id: done, deliveries: 1 });
    await member.acknowledge([done]);
    await ask(member, held);
    expect(await pendingIn(redis.link)).toBe(1);

    entries.pop();
    await makeAnew();
    // What another left pending is there to be taken over, which takes this consumer into the group.
    const other = await world.publish(3);
    await redis.link.command('XREADGROUP', 'GROUP', GROUP, 'two', 'STREAMS', STREAM, '>');
    await world.publish(4);
    await ask(member, held);
    const rows = await pending();
    expect(rows.filter(([id]) => id === held.id)).toEqual([[held.id, 'one', 3]]);
    expect(rows.map(([id]) => id)).not.toContain(done);
    expect(rows.map(([id]) => id)).toContain(other);
  });
});
