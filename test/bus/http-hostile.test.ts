import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, until } from './bus-fixture.js';
import { type SseClient, subscribeTo } from './sse-client.js';

/*
 * What strangers send. Each round is sent twice: the first may warm up whatever is made once, after
 * the second nothing more may be held than before it.
 */

let redis: TestRedis;
let bus: TestBus;

beforeAll(async () => {
  redis = await startRedis();
  bus = await startBus(redis, { requestTimeoutMs: 1_000 });
});
afterAll(async () => {
  await bus.stop();
  await redis.stop();
});

const MOST_GROWTH_BYTES = 4 * 2 ** 20;

setFlagsFromString('--expose-gc');
// Node gives it to contexts made after the flag was set.
const collect = runInNewContext('gc') as () => void;

async function held(): Promise<number> {
  // What was just closed is let go of by later turns of the event loop.
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function flat(round: () => Promise<void>): Promise<void> {
  await round();
  bus.lines.length = 0;
  const before = await held();
  await round();
  bus.lines.length = 0;
  expect((await held()) - before).toBeLessThan(MOST_GROWTH_BYTES);
  expect((await fetch(`${bus.url}/health`)).status).toBe(200);
  expect((await bus.post('event', JSON.stringify(anEvent()))).status).toBe(201);
}

/** Bytes that look random and are the same in every run. */
function noise(seed: number): Buffer {
  const blocks = Array.from({ length: 1 + (seed % 7) }, (_, n) =>
    createHash('sha256').update(`${seed}/${n}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, 1 + ((seed * 37) % 220));
}

const PLACES = [
  ['/messages/event', 'application/json'],
  ['/messages/event/batch', 'application/x-ndjson'],
  ['/acks/event/g', 'application/json'],
] as const;

async function send(place: number, body: string | Buffer): Promise<number> {
  const [path, type] = PLACES[place % PLACES.length] ?? PLACES[0];
  const init = { method: 'POST', headers: { 'content-type': type }, body };
  const response = await fetch(`${bus.url}${path}`, init);
  await response.body?.cancel();
  return response.status;
}

test('1,000 random byte strings as bodies are refused; nothing is written', async () => {
  const before = await redis.link.command('DBSIZE');
  await flat(async () => {
    await twentyAtATime(1_000, async (seed) => {
      expect([400, 422], `seed ${seed}`).toContain(await send(seed, noise(seed)));
    });
    expect(await redis.link.command('XLEN', 'orion:events')).toBeLessThanOrEqual(1);
  });
  expect(Number(await redis.link.command('DBSIZE')) - Number(before)).toBeLessThanOrEqual(1);
});

test('1,000 random byte strings in the place of a request', async () => {
  await flat(async () => {
    await twentyAtATime(1_000, async (seed) => {
      const text = await raw(noise(seed), true);
      expect(text === '' || text.startsWith('HTTP/1.1 4'), `seed ${seed}: ${text}`).toBe(true);
    });
  });
});

test('huge and deeply nested bodies', async () => {
  const deep = '['.repeat(500_000);
  const closed = `${'['.repeat(250_000)}${']'.repeat(250_000)}`;
  const keys = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const inside = JSON.stringify(anEvent()).replace(
    '{"cpu":93}',
    `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  );
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [n, n])));
  await flat(async () => {
    for (let place = 0; place < PLACES.length; place += 1) {
      for (const body of [deep, closed, keys, inside, wide]) {
        expect([400, 422]).toContain(await send(place, body));
      }
      expect(await send(place, 'x'.repeat(2 ** 20 + 1))).toBe(413);
    }
  });
});

test('bodies sent by halves', async () => {
  await flat(async () => {
    const head = 'HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nContent-Type: ';
    const answers = PLACES.flatMap(([path, type]) =>
      Array.from({ length: 10 }, () => raw(`POST ${path} ${head}${type}\r\n\r\n{"ids":[`, false)),
    );
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test('subscribers that come and go', async () => {
  await flat(async () => {
    for (let n = 0; n < 60; n += 1) {
      const client = await subscribeTo(
        `${bus.url}/messages/event?group=g&consumer=c${n % 20}-${n}&start=tip`,
      );
      expect(client.status).toBe(200);
      client.vanish();
    }
    await until(
      async () => !(await redis.link.command('CLIENT', 'LIST'))?.toString().includes('reader:'),
    );
  });
  const { subscriptions } = (await (await fetch(`${bus.url}/subscriptions`)).json()) as {
    subscriptions: unknown[];
  }; // its schema
  expect(subscriptions).toEqual([]);
});

test('more subscribers than there is room for: 503, and the others go on', async () => {
  const clients: SseClient[] = [];
  for (let n = 0; n < 65; n += 1) {
    clients.push(await subscribeTo(`${bus.url}/messages/event?group=g&consumer=c${n}&start=tip`));
  }
  expect(clients.filter(({ status }) => status === 200)).toHaveLength(64);
  expect(clients.at(-1)?.status).toBe(503);
  expect((await bus.post('event', JSON.stringify(anEvent()))).status).toBe(201);
  await until(() => clients.some((client) => client.waiting().length > 0));
  for (const client of clients) client.vanish();
});

async function twentyAtATime(count: number, each: (seed: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < count; first += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => each(first + n)));
  }
}

/** Sends bytes on a socket of their own and collects what comes back until the server closes. */
function raw(bytes: string | Buffer, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(bus.server.port, '127.0.0.1');
    let text = '';
    socket.on('data', (part) => {
      text += String(part);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}
