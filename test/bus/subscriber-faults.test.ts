import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/bus/index.js';
import { openSubscription } from '../../src/bus/open-subscription.js';
import { redisAddress } from '../../src/bus/redis-address.js';
import { systemClock } from '../../src/problems/index.js';
import { listOf, RedisLink } from '../../src/redis/index.js';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';
import { shippedContracts } from './bus-fixture.js';
import { DEAD, eventOf, GROUP, numberIn, pendingIn, quick, STREAM } from './subscriber-fixture.js';
import { reading, startWorld, type World } from './subscriber-world.js';

/*
 * The failure table of the bus runtime, row by row, as far as a consumer or a publisher is concerned:
 * here the faults of Redis and of the network. Bad entries and full memory (rows 12, 13, 16, 25), whose
 * an entry is (8, 13 to 15, 21 to 23) and processes that die (9 to 11, 19) are in the files beside this
 * one; the same for a subscriber over HTTP in `http-outage`, `http-silence` and `serve-faults`. What a group
 * has lost by trimming (17), and a lag that is unknown (24), is told in `http-metrics`. Not here: 4, 18, 20
 * and 29 are for `validate`, `lag` and `groups`; 6 (WAIT) is not offered; 27 is proven where contracts are
 * loaded; ages (28) are taken from Redis's clock, as `http-metrics` and `lag` show.
 */

let world: World;
let redis: World['redis'];
let proxy: World['proxy'];
let bus: World['bus'];
let seen: World['seen'];
let problems: World['problems'];
let subscribe: World['subscribe'];
let publish: World['publish'];
let numbers: World['numbers'];
let settled: World['settled'];

beforeEach(async () => {
  world = await startWorld();
  ({ redis, proxy, bus, seen, problems, subscribe, publish, numbers, settled } = world);
});
afterEach(() => world.stop());

describe('row 1, a blocking read never settles', () => {
  test('the connection falls silent: each one is given up in time and made again', async () => {
    const subscription = await subscribe();
    await publish(1);
    await until(() => numbers().includes(1));
    proxy.freeze();
    await publish(2);
    await until(() => numbers().includes(2));
    await until(settled);
    expect(numbers()).toEqual([1, 2]);
    expect(subscription.stats().overdue).toBeGreaterThan(0);
    expect(problems).toContain('redis.lost');
  });

  test('the server stops for longer than a deadline and goes on', async () => {
    const subscription = await subscribe();
    await publish(1);
    await until(() => numbers().includes(1));
    redis.pause();
    await until(() => subscription.stats().overdue > 0);
    redis.resume();
    await publish(2);
    await until(() => numbers().includes(2));
    await until(settled);
    expect(numbers()).toEqual([1, 2]);
  });
});

describe('row 2, a reply is lost after the entries were assigned', () => {
  test('own pending entries come before new ones, and count as delivered again', async () => {
    await subscribe({ claim: false, minIdleMs: 60_000 });
    const cut = proxy.cutReply('"n":2}');
    await publish(1);
    await until(() => numbers().includes(1));
    await publish(2);
    await cut;
    await publish(3);
    await until(() => numbers().length === 3);
    await until(settled);
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
    ]);
  });

  test('a message in hand stays with its handler when the connection breaks, and comes once', async () => {
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const runs: number[] = [];
    const subscription = await bus.subscribe('event', quick, async (event) => {
      runs.push(numberIn(event));
      await work;
    });
    await publish(1);
    await until(() => runs.length === 1);
    proxy.cut();
    await until(() => subscription.stats().reconnects > 0 && reading(subscription)());
    await publish(2);
    await until(() => subscription.stats().inHand === 2);
    finish();
    await until(settled);
    expect(runs).toEqual([1, 2]);
  });
});

describe('row 3, the group or the key is gone', () => {
  test('group destroyed: made again after what was delivered, in hand or handled; nothing twice, nothing lost', async () => {
    const runs: number[] = [];
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const subscription = await bus.subscribe(
      'event',
      { ...quick, concurrency: 2, onProblem: world.note },
      async (event: Event) => {
        runs.push(numberIn(event));
        if (numberIn(event) === 2) await work;
      },
    );
    for (let n = 1; n <= 3; n += 1) await publish(n);
    await until(() => runs.length === 3);
    await until(async () => (await pendingIn(redis.link)) === 1);
    // What is published between the end of the group and its return is owed too.
    await redis.link.transaction([
      ['xgroup', 'DESTROY', STREAM, GROUP],
      ['xadd', STREAM, '*', 'data', JSON.stringify(eventOf({ n: 4 }))],
    ]);
    await until(() => runs.includes(4));
    // What is in hand is pending again, so another process would find it if this one died.
    expect(await pendingIn(redis.link)).toBeGreaterThan(0);
    finish();
    await until(settled);
    await publish(5);
    await until(() => runs.includes(5));
    expect([...runs].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(subscription.stats()).toMatchObject({ groupsMade: 1 });
    expect(problems).toEqual(['group.made-again']);
  });

  test('key deleted: the new stream is read from its beginning', async () => {
    const subscription = await subscribe();
    for (let n = 1; n <= 3; n += 1) await publish(n);
    await until(async () => numbers().length === 3 && (await settled()));
    await redis.link.transaction([
      ['del', STREAM],
      ['xadd', STREAM, '*', 'data', JSON.stringify(eventOf({ n: 4 }))],
    ]);
    await publish(5);
    await until(() => numbers().length === 5);
    expect(numbers()).toEqual([1, 2, 3, 4, 5]);
    expect(subscription.stats().groupsMade).toBe(1);
  });

  test('key deleted and ids begin anew, lower than before: all of it is owed', async () => {
    await subscribe();
    await publish(1);
    await until(async () => numbers().length === 1 && (await settled()));
    await redis.link.transaction([
      ['del', STREAM],
      ['xadd', STREAM, '5-0', 'data', JSON.stringify(eventOf({ n: 2 }))],
    ]);
    await until(() => numbers().includes(2));
    expect(numbers()).toEqual([1, 2]);
  });

  test('group destroyed while one was cut off: it leaves the making to those who have read on', async () => {
    let aheadMs = 0;
    const link = await RedisLink.open(redisAddress(proxy.url), 'orion-test');
    const context = {
      ...{ link, contracts: await shippedContracts(), prefix: 'orion' },
      clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    };
    const subscription = await openSubscription(
      context,
      'event',
      { ...quick, onProblem: world.note },
      async (event) => {
        seen.push([numberIn(event), 1]);
      },
    );
    await publish(1);
    await until(async () => numbers().length === 1 && (await settled()));
    // Away for three seconds, in which others handled the second.
    proxy.cut();
    aheadMs = 3_000;
    await redis.link.transaction([
      ['xgroup', 'DESTROY', STREAM, GROUP],
      ['xadd', STREAM, '*', 'data', JSON.stringify(eventOf({ n: 2 }))],
    ]);
    await until(() => subscription.stats().reconnects >= 2);
    await redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '$');
    await publish(3);
    await until(() => numbers().includes(3));
    expect(numbers()).toEqual([1, 3]);
    expect(subscription.stats().groupsMade).toBe(0);
    await subscription.close();
    link.close();
  });

  test('a group that somebody else has made again is left as it is', async () => {
    const subscription = await subscribe();
    for (let n = 1; n <= 2; n += 1) await publish(n);
    await until(async () => numbers().length === 2 && (await settled()));
    await redis.link.transaction([
      ['xgroup', 'DESTROY', STREAM, GROUP],
      ['xgroup', 'CREATE', STREAM, GROUP, '0'],
    ]);
    await until(() => numbers().length === 4);
    expect(numbers()).toEqual([1, 2, 1, 2]);
    expect(subscription.stats().groupsMade).toBe(0);
  });

  test('a group destroyed again and again makes neither a hot loop nor a flood of lines', async () => {
    const subscription = await subscribe();
    await publish(1);
    await until(async () => numbers().length === 1 && (await settled()));
    for (let round = 0; round < 5; round += 1) {
      await redis.link.command('XGROUP', 'DESTROY', STREAM, GROUP);
      await until(() => subscription.stats().groupsMade === round + 1);
      await until(reading(subscription));
    }
    await publish(2);
    await until(() => numbers().includes(2));
    expect(numbers()).toEqual([1, 2]);
    expect(subscription.stats().reconnects).toBeLessThan(10);
    expect(problems).toEqual(['group.made-again']);
  });
});

test('row 5, the server becomes a replica and a master again: reading goes on', async () => {
  const subscription = await subscribe();
  await publish(1);
  await until(async () => numbers().includes(1) && (await settled()));
  // It does not get at that master, so that what it holds stays.
  await redis.link.command('REPLICAOF', '127.0.0.1', '1');
  await until(() => subscription.state === 'waiting' && subscription.stats().reconnects > 1);
  await redis.link.command('REPLICAOF', 'NO', 'ONE');
  await until(reading(subscription));
  await publish(2);
  await until(() => numbers().includes(2));
  await until(settled);
  expect(numbers()).toEqual([1, 2]);
  expect(subscription.stats().groupsMade).toBe(0);
});

test('row 7, the answer to a publish is lost: it is not sent again, and the error says that nobody knows', async () => {
  const cut = proxy.cutAfterRequest('"n":7}');
  const problem = await problemOf(bus.publish('event', eventOf({ n: 7 })));
  await cut;
  expect(problem).toMatchObject({ code: 'redis.unreachable' });
  expect(problem.hint).toContain('may double it');
  expect(await redis.link.command('XLEN', STREAM)).toBe(1);
});

describe('row 10, an acknowledgement is lost', () => {
  test('it is sent again, and the message is not handled again', async () => {
    const subscription = await subscribe({ blockMs: 30_000 });
    const cut = proxy.cutAfterRequest('XACK');
    await publish(1);
    await cut;
    await until(() => subscription.stats().handled === 1);
    await until(settled);
    expect(seen).toEqual([[1, 1]]);
  });

  test('Redis is killed and comes back: what was handled is acknowledged then, the rest is handled', async () => {
    const subscription = await subscribe();
    for (let n = 1; n <= 5; n += 1) await publish(n);
    await until(async () => numbers().length === 5 && (await settled()));
    await redis.kill();
    await until(() => subscription.state === 'waiting');
    await redis.restart();
    await until(reading(subscription));
    await publish(6);
    await until(() => numbers().includes(6));
    await until(settled);
    expect(numbers()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(problems).toEqual(['redis.lost']);
  });
});

test('row 26, the scripts of the server are flushed: nothing depends on them', async () => {
  await publish(1);
  const subscription = await bus.subscribe('event', quick, async (_event, { deliveries }) => {
    await redis.link.command('SCRIPT', 'FLUSH');
    if (deliveries < 3) throw new Error('again');
  });
  await until(() => subscription.stats().handled === 1);
  expect(subscription.stats()).toMatchObject({ delivered: 3, reconnects: 0 });
});

test('CLIENT KILL of every connection, again and again, costs no message', async () => {
  const subscription = await subscribe();
  for (let n = 1; n <= 60; n += 1) {
    await publish(n);
    if (n % 20 !== 0) continue;
    for (const line of String(await redis.link.command('CLIENT', 'LIST')).split('\n')) {
      const id = /^id=(\d+) .* name=orion-bus-(?:reader|library)/.exec(line)?.[1];
      if (id !== undefined) await redis.link.command('CLIENT', 'KILL', 'ID', id);
    }
  }
  await until(() => new Set(numbers()).size === 60);
  await until(settled);
  expect(subscription.stats().reconnects).toBeGreaterThan(0);
  const again = seen.filter(([, deliveries]) => deliveries > 1);
  // Only what was in flight when a connection was killed may come twice.
  expect(numbers().length - 60).toBeLessThanOrEqual(again.length);
  expect(listOf(await redis.link.command('XRANGE', DEAD, '-', '+'))).toEqual([]);
});
