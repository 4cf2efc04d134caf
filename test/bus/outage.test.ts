import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, textsIn, until } from './bus-fixture.js';

let redis: TestRedis;
let bus: TestBus;

beforeEach(async () => {
  redis = await startRedis();
  bus = await startBus(redis);
});
afterEach(async () => {
  await bus.stop();
  await redis.stop();
});

/** Opens a connection, sends bytes, and collects the answer until the connection is closed. */
function exchange(bytes: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(bus.server.port, '127.0.0.1');
  let text = '';
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (part) => {
      text += String(part);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
  socket.write(bytes);
  return { socket, answer };
}

const health = async (): Promise<number> => (await fetch(`${bus.url}/health`)).status;
const publish = (): Promise<Response> => bus.post('event', JSON.stringify(anEvent()));
const linesWith = (text: string): number => bus.lines.filter((line) => line.includes(text)).length;

test('Redis killed: 503 with reasons and Retry-After; restarted: ok again by itself', async () => {
  expect((await publish()).status).toBe(201);
  await redis.kill();
  const degraded = await fetch(`${bus.url}/health`);
  expect(degraded.status).toBe(503);
  expect(await degraded.json()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringContaining('Redis at unix://')],
  });
  for (let n = 0; n < 3; n += 1) {
    const refused = await publish();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.text()).toContain('redis.unreachable');
  }
  await redis.restart();
  await until(async () => (await health()) === 200);
  expect((await publish()).status).toBe(201);
  expect(await textsIn(redis, 'orion:events')).toHaveLength(2);
  expect([linesWith('redis lost'), linesWith('redis answers again')]).toEqual([1, 1]);
});

test('Redis hanging: health is answered all the same, and a hundred askers share one question', async () => {
  redis.pause();
  const statuses = await Promise.all(Array.from({ length: 100 }, health));
  expect(new Set(statuses)).toEqual(new Set([503]));
  redis.resume();
  await until(async () => (await health()) === 200);
  expect(
    Number(
      /cmdstat_setrange:calls=(\d+)/.exec(
        String(await redis.link.command('INFO', 'commandstats')),
      )?.[1],
    ),
  ).toBeLessThan(50);
});

test('row 25, memory full: 503 with Retry-After, nothing written, said once; health is degraded until it is over', async () => {
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  for (let n = 0; n < 5; n += 1) {
    const refused = await publish();
    expect(refused.status).toBe(503);
    expect(refused.headers.has('retry-after')).toBe(true);
    expect(await refused.text()).toContain('redis.out-of-memory');
  }
  const degraded = await fetch(`${bus.url}/health`);
  expect(degraded.status).toBe(503);
  expect(await degraded.json()).toEqual({
    status: 'degraded',
    reasons: ['Redis has reached its maxmemory and does not take messages.'],
  });
  expect(await redis.link.command('DBSIZE')).toBe(0);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
  expect(await health()).toBe(200);
  expect(await redis.link.command('DBSIZE')).toBe(0);
  expect((await publish()).status).toBe(201);
  expect([linesWith('redis refuses messages'), linesWith('takes messages again')]).toEqual([1, 1]);
});

test('a replica takes no messages: health says so, and that it answers', async () => {
  await redis.link.command('REPLICAOF', '127.0.0.1', '1');
  const degraded = await fetch(`${bus.url}/health`);
  expect(await degraded.json()).toMatchObject({
    reasons: [expect.stringMatching(/^Redis refused messages: READONLY/)],
  });
  await redis.link.command('REPLICAOF', 'NO', 'ONE');
  expect(await health()).toBe(200);
  expect(linesWith('redis lost')).toBe(0);
});

test('stop in the middle of a request: it is finished, new ones are not taken, Redis is closed', async () => {
  const text = JSON.stringify(anEvent());
  const head = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`;
  const { socket, answer } = exchange(
    `POST /messages/event HTTP/1.1\r\n${head}${text.slice(0, 50)}`,
  );
  // A request of another connection is answered after the first one's headers have arrived.
  await health();
  const stopping = bus.server.stop(10_000);
  await expect(fetch(`${bus.url}/health`)).rejects.toThrow();
  socket.write(text.slice(50));
  expect(await stopping).toEqual({ cut: 0, left: [] });
  expect(await answer).toMatch(/^HTTP\/1\.1 201 .*connection: close/is);
  expect(await textsIn(redis, 'orion:events')).toEqual([text]);
  await until(
    async () => !String(await redis.link.command('CLIENT', 'LIST')).includes('orion-test-bus'),
  );
});

test('while it stops, health says so to whoever is still connected', async () => {
  const { socket, answer } = exchange('GET /health HTTP/1.1\r\nHost: x\r\n');
  await health();
  const stopping = bus.server.stop(10_000);
  socket.write('\r\n');
  expect(await answer).toMatch(/^HTTP\/1\.1 503 .*"reasons":\["the bus is shutting down"\]/s);
  expect(await stopping).toEqual({ cut: 0, left: [] });
});

test('stop cuts what is unfinished at the deadline, and says how much', async () => {
  const { answer } = exchange(
    'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
  );
  await health();
  const [first, second] = await Promise.all([bus.server.stop(100), bus.server.stop(60_000)]);
  expect([first, second]).toEqual([
    { cut: 1, left: [] },
    { cut: 1, left: [] },
  ]);
  expect(await answer).toBe('');
});
