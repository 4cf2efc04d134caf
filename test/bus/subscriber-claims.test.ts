import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus, SubscriptionProblem } from '../../src/bus/index.js';
import { listOf } from '../../src/redis/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import {
  deadLetters,
  eventOf,
  eventsTo,
  GROUP,
  numberIn,
  openBus,
  pendingIn,
  quick,
  STREAM,
} from './subscriber-fixture.js';

/* Rows of the failure table about whose an entry is: signs of life, taking over, names, closing. */

let redis: TestRedis;
let bus: Bus;

beforeEach(async () => {
  redis = await startRedis();
  bus = await openBus(redis);
});
afterEach(async () => {
  await bus.close({ drainMs: 0 });
  await redis.stop();
});

/** Leaves entries pending with a consumer that is not there. */
async function leaveWith(consumer: string, count: number, idleMs: number): Promise<string[]> {
  const reply = await redis.link.command(
    ...['XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', String(count), 'STREAMS', STREAM, '>'],
  );
  const ids = listOf(listOf(listOf(reply)[0])[1]).map((entry) => String(listOf(entry)[0]));
  for (let first = 0; first < ids.length; first += 500) {
    await redis.link.command(
      ...['XCLAIM', STREAM, GROUP, consumer, '0', ...ids.slice(first, first + 500)],
      ...['IDLE', String(idleMs), 'JUSTID'],
    );
  }
  return ids;
}

const newGroup = () => redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '0', 'MKSTREAM');
const countOf = (consumer: string): Promise<number> =>
  redis.link
    .command('XPENDING', STREAM, GROUP, '-', '+', '10000', consumer)
    .then((rows) => listOf(rows).length);

describe('row 8, a handler is slower than the idle time', () => {
  test('of 10 times as long: it runs once, though another consumer looks for what is stale', async () => {
    const runs: number[] = [];
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const fast = { ...quick, minIdleMs: 150, blockMs: 50 };
    for (const consumer of ['one', 'two']) {
      await bus.subscribe('event', { ...fast, consumer, credit: 2 }, async (event, { signal }) => {
        runs.push(numberIn(event));
        if (numberIn(event) === 1) await work;
        expect(signal.aborted).toBe(false);
      });
    }
    await bus.publish('event', eventOf({ n: 1 }));
    await until(() => runs.length === 1);
    const { at } = await redisTime();
    // What waits behind it in the same hand is kept alive as well.
    for (let n = 2; n <= 5; n += 1) await bus.publish('event', eventOf({ n }));
    await until(async () => (await redisTime()).at - at > 10 * fast.minIdleMs);
    finish();
    await until(async () => (await pendingIn(redis.link)) === 0);
    expect([...runs].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  test('another takes it over all the same: the handler is told, and nothing is acknowledged', async () => {
    const reasons: boolean[] = [];
    const problems: SubscriptionProblem[] = [];
    const options = {
      ...quick,
      claim: false,
      onProblem: (each: SubscriptionProblem) => void problems.push(each),
    };
    const subscription = await bus.subscribe('event', options, async (_event, { id, signal }) => {
      await redis.link.command('XCLAIM', STREAM, GROUP, 'two', '0', id);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      reasons.push(signal.aborted);
    });
    await bus.publish('event', eventOf({ n: 1 }));
    await until(() => reasons.length === 1 && subscription.stats().inHand === 0);
    expect(await countOf('two')).toBe(1);
    expect(subscription.stats()).toMatchObject({ lost: 1, handled: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['entry.lost']);
  });
});

describe('row 14, the sweep gets past what it must leave alone', () => {
  test('behind 1,500 parked entries and those of a live consumer, what a dead one left is found; handed over ones are taken', async () => {
    await newGroup();
    for (let round = 0; round < 4; round += 1) await bus.publishBatch('event', eventsTo(500));
    const parked = await leaveWith('orion-bus-parked', 1_500, 3_600_000);
    await leaveWith('alive', 100, 0);
    const handed = await leaveWith('orion-bus-handoff', 200, 3_600_000);
    const left = await leaveWith('dead', 200, 3_600_000);
    const seen: string[] = [];
    const subscription = await bus.subscribe(
      'event',
      { ...quick, minIdleMs: 10_000, credit: 20, concurrency: 4, start: 'tip' },
      async (_event, { id, deliveries }) => {
        expect(deliveries).toBe(2);
        seen.push(id);
      },
    );
    await until(() => subscription.stats().handled === 400);
    expect(seen).toHaveLength(400);
    expect(new Set(seen)).toEqual(new Set([...handed, ...left]));
    expect(await countOf('orion-bus-parked')).toBe(parked.length);
    expect(await countOf('alive')).toBe(100);
    expect(subscription.stats()).toMatchObject({ claimed: 400, lost: 0 });
  });

  test('what an operator moved to this consumer is found although it is connected', async () => {
    const seen: number[] = [];
    await bus.subscribe('event', { ...quick, claim: false }, async (event) => {
      seen.push(numberIn(event));
    });
    await bus.publish('event', eventOf({ n: 1 }));
    await until(() => seen.length === 1);
    await redis.link.command('XGROUP', 'SETID', STREAM, GROUP, '0');
    const [id] = await leaveWith('other', 1, 3_600_000);
    if (id === undefined) throw new Error('nothing was left');
    await redis.link.command('XCLAIM', STREAM, GROUP, 'one', '0', id, 'IDLE', '3600000');
    await until(() => seen.length === 2);
    await until(async () => (await pendingIn(redis.link)) === 0);
  });
});

test('row 15, a sweep takes no more than there is room for', async () => {
  await newGroup();
  await bus.publishBatch('event', eventsTo(300));
  await leaveWith('dead', 300, 3_600_000);
  let most = 0;
  const subscription = await bus.subscribe(
    'event',
    // No multiple of three, so that no share of it is a whole number.
    { ...quick, minIdleMs: 10_000, credit: 5 },
    async () => {
      most = Math.max(most, await countOf('one'));
    },
  );
  await until(() => subscription.stats().handled === 300);
  expect(most).toBeLessThanOrEqual(5);
});

test('with `claim: false` what others left is left', async () => {
  await newGroup();
  await bus.publishBatch('event', eventsTo(3));
  await leaveWith('dead', 2, 3_600_000);
  const seen: number[] = [];
  const subscription = await bus.subscribe(
    'event',
    { ...quick, claim: false, minIdleMs: 100, blockMs: 20 },
    async (event) => void seen.push(numberIn(event)),
  );
  await until(() => seen.length === 1);
  const { at } = await redisTime();
  await until(async () => (await redisTime()).at - at > 1_000);
  expect(seen).toEqual([3]);
  expect(subscription.stats().claimed).toBe(0);
});

test('row 13, two who would bury the same entry leave one dead letter', async () => {
  await newGroup();
  await redis.link.command('XADD', STREAM, '*', 'data', 'nonsense');
  await leaveWith('dead', 1, 3_600_000);
  const two = await openBus(redis);
  try {
    const fast = { ...quick, minIdleMs: 100, blockMs: 20 };
    const subscriptions = [
      await bus.subscribe('event', fast, async () => undefined),
      await two.subscribe('event', { ...fast, consumer: 'two' }, async () => undefined),
    ];
    await until(() => subscriptions.some((each) => each.stats().deadLettered === 1));
    await until(async () => (await pendingIn(redis.link)) === 0);
    expect(await deadLetters(redis.link)).toHaveLength(1);
  } finally {
    await two.close({ drainMs: 0 });
  }
});

describe('row 21, two under one name', () => {
  test('the second is refused while the first is connected, whatever it is doing', async () => {
    const seen: number[] = [];
    const first = await bus.subscribe('event', quick, async (event) => {
      seen.push(numberIn(event));
      await new Promise(() => undefined);
    });
    for (const running of [0, 1]) {
      if (running === 1) await bus.publish('event', eventOf({ n: 1 }));
      await until(() => first.stats().running === running);
      const two = await openBus(redis);
      const problem = await problemOf(two.subscribe('event', quick, async () => undefined));
      expect(problem).toMatchObject({ code: 'consumer.taken', exitCode: 1 });
      await two.close();
    }
    expect(seen).toEqual([1]);
  });

  test('another name, group or type is not the same; and a name is free once its reader has gone', async () => {
    const handler = async (): Promise<void> => undefined;
    const first = await bus.subscribe('event', quick, handler);
    await bus.subscribe('event', { ...quick, consumer: 'one/two' }, handler);
    await bus.subscribe('event', { ...quick, group: 'other' }, handler);
    await bus.subscribe('incident', quick, handler);
    await first.close();
    await bus.subscribe('event', quick, handler);
  });

  test('of many who begin at the same time one stays', async () => {
    const buses = await Promise.all([1, 2, 3, 4].map(() => openBus(redis)));
    const results = await Promise.allSettled(
      buses.map((each) => each.subscribe('event', quick, async () => undefined)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(buses.map((each) => each.close()));
  });
});

describe('row 22, closing', () => {
  test('ends a read that blocks for long', async () => {
    const options = { ...quick, blockMs: 60_000 };
    const subscription = await bus.subscribe('event', options, async () => undefined);
    await until(() => subscription.state === 'reading');
    // By its own time the read would not end within the test's.
    expect(await subscription.close({ drainMs: 3_600_000 })).toMatchObject({ drained: true });
  });

  test('what arrives at that moment is handled', async () => {
    const seen: string[] = [];
    const subscription = await bus.subscribe(
      'event',
      { ...quick, blockMs: 60_000 },
      async (_event, { id }) => {
        seen.push(id);
      },
    );
    await until(() => subscription.state === 'reading');
    const published = Promise.all(
      Array.from({ length: 20 }, () => bus.publish('event', eventOf({}))),
    );
    const report = await subscription.close();
    await published;
    expect(report.drained).toBe(true);
    expect(await countOf('one')).toBe(0);
  });

  test('with Redis away it ends at its deadline, and names what could not be acknowledged', async () => {
    const subscription = await bus.subscribe('event', quick, async () => {
      await redis.kill();
    });
    const id = await bus.publish('event', eventOf({}));
    await until(() => subscription.stats().delivered === 1 && subscription.stats().running === 0);
    const report = await subscription.close({ drainMs: 100 });
    expect(report).toEqual({ drained: false, running: 0, pending: [], unconfirmed: [id] });
    await redis.restart();
  });
});

test('row 23, acknowledgements do not wait for a read that blocks', async () => {
  const subscription = await bus.subscribe(
    'event',
    { ...quick, blockMs: 60_000, credit: 20 },
    async () => undefined,
  );
  await bus.publish('event', eventOf({}));
  await until(() => subscription.stats().handled === 1);
  await until(() => subscription.state === 'reading');
  expect(await pendingIn(redis.link)).toBe(0);
});

async function redisTime(): Promise<{ at: number }> {
  const [seconds, micro] = listOf(await redis.link.command('TIME')).map(Number);
  return { at: (seconds ?? 0) * 1_000 + (micro ?? 0) / 1_000 };
}
