import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, listOf, startBus, type TestBus, until } from './bus-fixture.js';
import { type SseClient, subscribeTo } from './sse-client.js';

/*
 * A subscriber over HTTP while things go wrong: nothing is lost, and what comes twice was in flight.
 */

let redis: TestRedis;
let bus: TestBus;
let client: SseClient;
const seen = new Map<string, number>();
const published: string[] = [];

beforeEach(async () => {
  seen.clear();
  published.length = 0;
  redis = await startRedis();
  bus = await startBus(redis);
  client = await subscribe();
});
afterEach(async () => {
  client.vanish();
  await bus.server.stop(0);
  await redis.stop();
});

const STREAM = 'orion:events';

const subscribe = (consumer = 'c'): Promise<SseClient> =>
  subscribeTo(`${bus.url}/messages/event?group=g&consumer=${consumer}&start=beginning&credit=20`);

/** Publishes until Redis takes it, and remembers what was taken. */
async function publish(count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    const response = await bus.post('event', JSON.stringify(anEvent({ n })));
    if (response.status === 201) {
      published.push(((await response.json()) as { id: string }).id); // a 201
      n += 1;
    } else {
      expect(response.status).toBe(503);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function acknowledge(ids: readonly string[]): Promise<void> {
  await until(async () => {
    const response = await fetch(`${bus.url}/acks/event/g`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids }),
    });
    if (response.status !== 200) expect(response.status).toBe(503);
    return response.status === 200;
  });
}

/** Takes and acknowledges messages until everything published has been seen. */
async function handleAll(from = client): Promise<void> {
  while (published.some((id) => !seen.has(id))) {
    const event = await from.next();
    if (event?.id == null) throw new Error(`the subscription ended: ${from.text().slice(-200)}`);
    seen.set(event.id, (seen.get(event.id) ?? 0) + 1);
    await acknowledge([event.id]);
  }
}

const repeated = (): number => [...seen.values()].filter((times) => times > 1).length;
const said = (text: string): number => bus.lines.filter((line) => line.includes(text)).length;

async function pending(): Promise<number> {
  return Number(listOf(await redis.link.command('XPENDING', STREAM, 'g'))[0]);
}

test('Redis restarted: goes on by itself, one line says so, nothing twice', async () => {
  await publish(10);
  await handleAll();
  await redis.restart();
  await publish(10);
  await handleAll();
  expect(repeated()).toBe(0);
  expect([said('subscription interrupted'), said('subscription resumed')]).toEqual([1, 1]);
});

test('Redis killed with messages unacknowledged: they are not sent again to the same subscriber', async () => {
  await publish(5);
  const held: string[] = [];
  for (let n = 0; n < 5; n += 1) held.push((await client.next())?.id ?? '');
  await redis.kill();
  await until(() => said('subscription interrupted') === 1);
  await redis.restart();
  await publish(5);
  await until(() => client.waiting().length === 5);
  expect(client.waiting().filter(({ id }) => held.includes(id ?? ''))).toEqual([]);
  await acknowledge(held);
  for (const id of held) seen.set(id, 1);
  await handleAll();
  expect([repeated(), await pending()]).toEqual([0, 0]);
});

test('Redis hanging for longer than any answer may take: nothing lost, nothing twice', async () => {
  await publish(5);
  await handleAll();
  redis.pause();
  await until(() => said('subscription interrupted') === 1);
  redis.resume();
  await publish(5);
  await handleAll();
  expect(repeated()).toBe(0);
});

test('the group destroyed: made again where it was, what is held stays held', async () => {
  await publish(10);
  await handleAll();
  await publish(3);
  const held: string[] = [];
  for (let n = 0; n < 3; n += 1) held.push((await client.next())?.id ?? '');
  await redis.link.command('XGROUP', 'DESTROY', STREAM, 'g');
  await until(() => said('the group was gone and was made again') === 1);
  expect(await pending()).toBe(3);
  await acknowledge(held);
  for (const id of held) seen.set(id, 1);
  await publish(10);
  await handleAll();
  expect([repeated(), await pending()]).toEqual([0, 0]);
});

test('the key deleted: the new stream is read from its beginning', async () => {
  await publish(5);
  await handleAll();
  await redis.link.command('DEL', STREAM);
  await publish(5);
  await handleAll();
  expect(repeated()).toBe(0);
});

test('memory full: consumers go on', async () => {
  await publish(20);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  await handleAll();
  await redis.link.command('XADD', STREAM, '*', 'data', '{}').catch(() => undefined);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
  expect([repeated(), await pending()]).toEqual([0, 0]);
});

test('memory full with an entry for the dead letters: it waits, the rest flows on', async () => {
  await redis.link.command('XADD', STREAM, '*', 'data', '{}');
  await until(async () => (await redis.link.command('XLEN', `${STREAM}:dead`)) === 1);
  client.vanish();
  await until(() => said('unsubscribed') === 1);
  await redis.link.command('XADD', STREAM, '*', 'data', '{}');
  await publish(3);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  await until(async () => {
    client = await subscribe();
    return client.status === 200;
  });
  await handleAll();
  expect(await pending()).toBe(1);
  expect(said('cannot move to the dead letters yet')).toBe(1);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
});

test('a subscriber that vanished with messages has them first when it comes back, counted', async () => {
  await publish(8);
  for (let n = 0; n < 8; n += 1) {
    const id = (await client.next())?.id ?? '';
    seen.set(id, 1);
  }
  await acknowledge(published.slice(0, 3));
  client.vanish();
  await publish(2);
  let again = await subscribe();
  while (again.status !== 200) again = await subscribe();
  for (let n = 0; n < 7; n += 1) {
    const id = (await again.next())?.id ?? '';
    seen.set(id, (seen.get(id) ?? 0) + 1);
  }
  expect([...seen.keys()]).toEqual(published);
  expect(repeated()).toBe(5);
  again.vanish();
});

describe('a stop', () => {
  test('says bye, waits for acknowledgements, exits without anything left', async () => {
    await publish(3);
    const held: string[] = [];
    for (let n = 0; n < 3; n += 1) held.push((await client.next())?.id ?? '');
    const stopping = bus.server.stop(60_000);
    expect(await client.next()).toEqual({ event: 'bye', id: null, data: '{"reason":"stopping"}' });
    await client.closed;
    const refused = await bus.post('event', JSON.stringify(anEvent()));
    expect(refused.status).toBe(503);
    expect((await fetch(`${bus.url}/health`)).status).toBe(503);
    await acknowledge(held);
    expect(await stopping).toEqual({ cut: 0, left: [] });
    expect(await pending()).toBe(0);
  });

  test('ends at its deadline and says what is left pending, with whom', async () => {
    await publish(3);
    for (let n = 0; n < 3; n += 1) await client.next();
    await acknowledge(published.slice(0, 1));
    const { cut, left } = await bus.server.stop(100);
    expect(cut).toBe(0);
    expect(left).toMatchObject([{ type: 'event', group: 'g', consumer: 'c', unacknowledged: 2 }]);
    expect(await pending()).toBe(2);
  });

  test('leaves nothing delivered that nobody has seen', async () => {
    const flood = (async () => {
      for (let n = 0; n < 200; n += 1) {
        await redis.link.command('XADD', STREAM, '*', 'data', JSON.stringify(anEvent({ n })));
      }
    })();
    await client.next();
    const { left } = await bus.server.stop(0);
    await flood;
    await client.closed;
    const messages = client.waiting().filter(({ event }) => event === 'message').length + 1;
    expect(left.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0)).toBe(messages);
    expect(await pending()).toBe(messages);
  });
});
