import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, listOf, startBus, type TestBus, until } from './bus-fixture.js';
import { type SseClient, subscribeTo } from './sse-client.js';

let redis: TestRedis;
let bus: TestBus;
const clients: SseClient[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  await redis.link.command('FLUSHALL');
  bus = await startBus(redis);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.vanish();
  await bus.server.stop(0);
});
afterAll(() => redis.stop());

const STREAM = 'orion:events';

async function subscribe(query = '', which: TestBus = bus): Promise<SseClient> {
  const url = `${which.url}/messages/event?group=g&consumer=c&start=beginning${query}`;
  const client = await subscribeTo(url);
  clients.push(client);
  return client;
}

async function publish(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const response = await bus.post('event', JSON.stringify(anEvent({ n })));
    ids.push(((await response.json()) as { id: string }).id); // a 201 has an id
  }
  return ids;
}

async function acknowledge(ids: readonly (string | null)[], group = 'g'): Promise<number> {
  const response = await fetch(`${bus.url}/acks/event/${group}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { acknowledged: number }).acknowledged; // so says its schema
}

async function take(client: SseClient, count: number): Promise<(string | null)[]> {
  const ids: (string | null)[] = [];
  while (ids.length < count) ids.push((await client.next())?.id ?? null);
  return ids;
}

async function pending(group = 'g'): Promise<number> {
  return Number(listOf(await redis.link.command('XPENDING', STREAM, group))[0]);
}

/** Connections of subscribers, as Redis sees them. */
async function readers(): Promise<number> {
  const list = String(await redis.link.command('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line.includes(' name=orion-bus-reader:')).length;
}

describe('what comes', () => {
  test('each message as one event: entry id, the very text on one line', async () => {
    const client = await subscribe();
    expect(client.status).toBe(200);
    expect(client.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const text = JSON.stringify(anEvent({ name: 'Grüße 🚀', big: 1 })).replace(
      '"big":1',
      '"big":12345678901234567890',
    );
    const spread = text.replace('{', '{\r\n\n ');
    const { id } = (await (await bus.post('event', spread)).json()) as { id: string }; // a 201
    const event = await client.next();
    expect(event).toEqual({ event: 'message', id, data: text.replace('{', '{  ') });
  });

  test('keeps the order, also over pages of pending ones', async () => {
    const ids = await publish(150);
    const client = await subscribe('&credit=1000');
    expect(await take(client, 150)).toEqual(ids);
    client.vanish();
    await until(async () => (await readers()) === 0);
    const again = await subscribe('&credit=1000');
    expect(await take(again, 150)).toEqual(ids);
  });

  test('two groups each get everything, two consumers of one share', async () => {
    const url = `${bus.url}/messages/event?start=tip&credit=100`;
    const a = await subscribeTo(`${url}&group=g&consumer=a`);
    const b = await subscribeTo(`${url}&group=g&consumer=b`);
    const other = await subscribeTo(`${url}&group=h&consumer=a`);
    clients.push(a, b, other);
    const ids = await publish(40);
    await until(() => a.waiting().length + b.waiting().length === 40);
    await until(() => other.waiting().length === 40);
    const shared = [...a.waiting(), ...b.waiting()].map(({ id }) => id);
    expect(new Set(shared)).toEqual(new Set(ids));
  });

  test('a comment says that the connection stands', async () => {
    await bus.server.stop(0);
    bus = await startBus(redis, { keepAliveMs: 50 });
    const client = await subscribe();
    await until(() => client.text().includes(': still here\n\n'));
    expect(client.waiting()).toEqual([]);
  });
});

describe('where a group starts', () => {
  test('404 when it does not exist and no start is stated; nothing is created', async () => {
    await publish(1);
    await redis.link.command('XGROUP', 'CREATE', STREAM, 'known', '0');
    const response = await fetch(`${bus.url}/messages/event?group=g&consumer=c`);
    expect(response.status).toBe(404);
    const problem = (await response.json()) as { type: string; detail: string }; // as all problems
    expect(problem.type).toBe('urn:orion-bus:problem:group.start-needed');
    expect(problem.detail).toContain('"g"');
    expect(listOf(await redis.link.command('XINFO', 'GROUPS', STREAM))).toHaveLength(1);
    expect(await readers()).toBe(0);
  });

  test('beginning, tip and an id; an existing group stays where it is', async () => {
    const ids = await publish(3);
    const url = `${bus.url}/messages/event?consumer=c`;
    for (const [group, start, expected] of [
      ['b', 'beginning', ids],
      ['i', ids[0], ids.slice(1)],
      ['b', 'tip', ids],
    ] as const) {
      const client = await subscribeTo(`${url}&group=${group}&start=${start}`);
      expect(await take(client, expected.length)).toEqual(expected);
      client.vanish();
      await until(async () => (await readers()) === 0);
    }
    const tip = await subscribeTo(`${url}&group=t&start=tip`);
    clients.push(tip);
    const [later] = await publish(1);
    expect((await tip.next())?.id).toBe(later);
  });

  test('a group before its stream', async () => {
    const client = await subscribe();
    const [id] = await publish(1);
    expect((await client.next())?.id).toBe(id);
  });
});

describe('credit', () => {
  test('is the most that is unacknowledged; an acknowledgement gives it back', async () => {
    const ids = await publish(12);
    const client = await subscribe('&credit=5');
    expect(await take(client, 5)).toEqual(ids.slice(0, 5));
    expect(await pending()).toBe(5);
    expect(client.waiting()).toEqual([]);
    expect(await acknowledge(ids.slice(0, 2))).toBe(2);
    expect(await take(client, 2)).toEqual(ids.slice(5, 7));
    expect(await pending()).toBe(5);
    expect(await acknowledge(ids.slice(0, 3))).toBe(1);
    expect((await client.next())?.id).toBe(ids[7]);
  });

  test('an acknowledgement for a group that nobody reads is one all the same', async () => {
    const ids = await publish(2);
    const client = await subscribe();
    await take(client, 2);
    client.vanish();
    await until(async () => (await readers()) === 0);
    expect(await acknowledge(ids)).toBe(2);
    expect(await acknowledge(ids)).toBe(0);
    expect(await acknowledge(ids, 'nobody')).toBe(0);
    expect(await pending()).toBe(0);
  });

  test('Last-Event-ID acknowledges nothing', async () => {
    const ids = await publish(3);
    const client = await subscribe();
    await take(client, 3);
    client.vanish();
    await until(async () => (await readers()) === 0);
    const url = `${bus.url}/messages/event?group=g&consumer=c`;
    const again = await subscribeTo(url, { 'last-event-id': ids[2] ?? '' });
    clients.push(again);
    expect(await take(again, 3)).toEqual(ids);
    expect(await pending()).toBe(3);
  });
});

describe('a subscriber', () => {
  test('has a connection of its own, gone with it; without one nothing is read', async () => {
    expect(await readers()).toBe(0);
    const client = await subscribe();
    expect(await readers()).toBe(1);
    client.vanish();
    await until(async () => (await readers()) === 0);
    await publish(3);
    expect(await pending()).toBe(0);
  });

  test('409 while another has that name; free again at once when it has gone', async () => {
    const client = await subscribe();
    const url = `${bus.url}/messages/event?group=g&consumer=c`;
    const refused = await fetch(url);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('subscription.taken');
    client.vanish();
    await until(async () => {
      const next = await subscribeTo(url);
      if (next.status === 200) clients.push(next);
      else next.vanish();
      return next.status === 200;
    });
  });

  test('that does not read holds up itself alone, and not more than its credit', async () => {
    const slow = await subscribe('&credit=1000');
    slow.pause();
    const fast = await subscribeTo(
      `${bus.url}/messages/event?group=fast&consumer=c&start=beginning&credit=1000`,
    );
    clients.push(fast);
    const pad = 'x'.repeat(30_000);
    for (let n = 0; n < 400; n += 1) {
      await (await bus.post('event', JSON.stringify(anEvent({ n, pad })))).json();
    }
    expect(await take(fast, 400)).toHaveLength(400);
    // 12 MB were published; sockets and one read's worth are far below.
    expect(await pending()).toBeLessThan(400);
    slow.resume();
    expect(await take(slow, 400)).toHaveLength(400);
  });

  test('HEAD does not subscribe', async () => {
    const url = `${bus.url}/messages/event?group=g&consumer=c&start=beginning`;
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405);
    expect(await redis.link.command('EXISTS', STREAM)).toBe(0);
  });

  test.each([
    ['', 'group'],
    ['group=g', 'consumer'],
    ['group=g&consumer=%0a', 'consumer'],
    ['group=g&group=h&consumer=c', 'group'],
    ['group=g&consumer=c&credit=0', 'credit'],
    ['group=g&consumer=c&credit=1001', 'credit'],
    ['group=g&consumer=c&credit=ten', 'credit'],
    ['group=g&consumer=c&start=5', 'start'],
    ['group=g&consumer=c&colour=red', 'parameter'],
    ['group=g&consumer=orion-bus-parked', 'orion-bus-'],
  ])('400 for ?%s', async (query, word) => {
    const response = await fetch(`${bus.url}/messages/event?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain(word); // a problem
  });

  test('404 for a type without a contract, whatever else is wrong', async () => {
    const response = await fetch(`${bus.url}/messages/evnt?group=g&consumer=c`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('contract.unknown');
  });
});

describe('entries', () => {
  test('that are no message go to the dead letters; the rest flows on', async () => {
    const client = await subscribe();
    await redis.link.command('XADD', STREAM, '*', 'data', '{"pin":"hunter2"');
    await redis.link.command('XADD', STREAM, '*', 'other', 'hunter2');
    await redis.link.command('XADD', STREAM, '*', 'data', '{"severity":"hunter2"}');
    const [id] = await publish(1);
    expect((await client.next())?.id).toBe(id);
    expect(await redis.link.command('XLEN', `${STREAM}:dead`)).toBe(3);
    expect(await pending()).toBe(1);
    const said = bus.lines.filter((line) => line.includes('contract validation failed'));
    expect(said).toHaveLength(3);
    expect(bus.lines.join('\n')).not.toContain('hunter');
  });

  test('delivered too often go to the dead letters', async () => {
    await bus.server.stop(0);
    bus = await startBus(redis, { maxDeliveries: 2 });
    const [id] = await publish(1);
    for (let time = 0; time < 2; time += 1) {
      const client = await subscribe();
      expect((await client.next())?.id).toBe(id);
      client.vanish();
      await until(async () => (await readers()) === 0);
    }
    const client = await subscribe();
    const [next] = await publish(1);
    expect((await client.next())?.id).toBe(next);
    expect(await redis.link.command('XLEN', `${STREAM}:dead`)).toBe(1);
  });

  test('of a dead consumer are taken over, those of a living one are kept', async () => {
    await bus.server.stop(0);
    bus = await startBus(redis, { minIdleMs: 300 });
    const ids = await publish(4);
    await redis.link.command('XGROUP', 'CREATE', STREAM, 'g', '0');
    const dead = [
      'XREADGROUP',
      'GROUP',
      'g',
      'dead',
      'COUNT',
      '2',
      'STREAMS',
      STREAM,
      '>',
    ] as const;
    await redis.link.command(...dead);
    const parked = ['XREADGROUP', 'GROUP', 'g', 'orion-bus-parked', 'COUNT', '1'] as const;
    await redis.link.command(...parked, 'STREAMS', STREAM, '>');
    const living = await subscribe('&credit=10');
    const seen = await take(living, 3);
    expect(seen[0]).toBe(ids[3]);
    expect(seen.slice(1)).toEqual(ids.slice(0, 2));
    const url = `${bus.url}/messages/event?group=g&consumer=other`;
    const other = await subscribeTo(url);
    clients.push(other);
    // Many times the least idle time: only heartbeats keep the entries where they are.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(other.waiting()).toEqual([]);
    expect(living.waiting()).toEqual([]);
    expect(await acknowledge(ids)).toBe(4);
  });
});

test('GET /subscriptions: who holds how much, for how long', async () => {
  await publish(3);
  const client = await subscribe('&credit=2');
  await take(client, 2);
  const response = await fetch(`${bus.url}/subscriptions`);
  const { subscriptions } = (await response.json()) as { subscriptions: object[] }; // its schema
  expect(subscriptions).toEqual([
    {
      type: 'event',
      group: 'g',
      consumer: 'c',
      ageMs: expect.any(Number),
      credit: 2,
      unacknowledged: 2,
      oldestMs: expect.any(Number),
      delivered: 2,
      acknowledged: 0,
      connected: true,
    },
  ]);
});

test.each([
  '',
  '{',
  '[]',
  '{"ids":[]}',
  '{"ids":"1-1"}',
  '{"ids":["1"]}',
  '{"ids":[1]}',
  `{"ids":[${'"1-1",'.repeat(1_000)}"1-1"]}`,
])('acknowledging %.20s is refused', async (body) => {
  const response = await fetch(`${bus.url}/acks/event/g`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});
