import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBus } from '../../src/bus/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { textsIn } from './bus-fixture.js';
import { eventOf } from './subscriber-fixture.js';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test('publishes with the shipped contracts and the prefix orion, and closes after what is under way', async () => {
  const bus = await createBus({ redisUrl: redis.url });
  const first = eventOf({ n: 1 });
  const others = [eventOf({ n: 2 }), eventOf({ n: 3 })];
  const events = [first, ...others];
  const under = [bus.publish('event', first), bus.publishBatch('event', others)];
  await bus.close();
  await expect(Promise.all(under)).resolves.toHaveLength(2);
  expect(await textsIn(redis, 'orion:events')).toEqual(
    events.map((event) => JSON.stringify(event)),
  );
  await expect(bus.publish('event', first)).rejects.toMatchObject({ code: 'bus.closed' });
  await bus.close();
});

test('has a prefix of its own choice', async () => {
  const bus = await createBus({ redisUrl: redis.url, prefix: 'lab', maxLength: 5 });
  await bus.publish('event', eventOf({}));
  await bus.close();
  expect(await redis.link.command('XLEN', 'lab:events')).toBe(1);
});

test('a Redis that is not there, and a password, are told apart from their secret', async () => {
  const failure = await createBus({ redisUrl: 'redis://me:hunter2@127.0.0.1:1/3' }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'redis.unreachable' });
  expect(String(failure)).toContain('redis://127.0.0.1:1/3');
  expect(String(failure)).not.toMatch(/hunter2|me:/);
});
