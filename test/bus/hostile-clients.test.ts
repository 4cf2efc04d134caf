import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus } from './bus-fixture.js';

let redis: TestRedis;
let bus: TestBus;
let impatient: TestBus;
const sockets: Socket[] = [];

beforeAll(async () => {
  redis = await startRedis();
  bus = await startBus(redis);
  impatient = await startBus(redis, { requestTimeoutMs: 300 });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await bus.stop();
  await impatient.stop();
  await redis.stop();
});

async function healthy(which: TestBus): Promise<void> {
  expect((await fetch(`${which.url}/health`)).status).toBe(200);
  expect((await which.post('event', JSON.stringify(anEvent()))).status).toBe(201);
}

/** Sends raw bytes and collects what comes back until the server closes. */
function raw(which: TestBus, bytes: string | Buffer): { socket: Socket; answer: Promise<string> } {
  const socket = connect(which.server.port, '127.0.0.1');
  sockets.push(socket);
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

/** Bytes that look random and are the same in every run. */
function noise(seed: number): Buffer {
  const blocks = Array.from({ length: 1 + (seed % 7) }, (_, n) =>
    createHash('sha256').update(`${seed}.${n}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, 1 + ((seed * 37) % 220));
}

test('300 random bodies: each is refused, nothing is written, the bus stays healthy', async () => {
  const valid = Buffer.from(JSON.stringify(anEvent()));
  const before = await redis.link.command('DBSIZE');
  for (let seed = 0; seed < 300; seed += 1) {
    // A third is noise, a third a document with some bytes overwritten, a third a torn document.
    const spoilt = Buffer.concat([valid.subarray(0, seed % valid.length), noise(seed)]);
    const torn = valid.subarray(0, (seed * 7) % (valid.length - 1));
    const body = [noise(seed), spoilt, torn][seed % 3] ?? noise(seed);
    const response = await bus.post('event', body);
    expect([400, 422], `seed ${seed}`).toContain(response.status);
    await response.body?.cancel();
  }
  expect(await redis.link.command('DBSIZE')).toBe(before);
  await healthy(bus);
});

test('100 random byte strings in the place of a request', async () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const { socket, answer } = raw(bus, noise(seed));
    socket.end();
    const text = await answer;
    expect(text === '' || text.startsWith('HTTP/1.1 4'), `seed ${seed}: ${text}`).toBe(true);
  }
  await healthy(bus);
});

test('headers beyond the limit are answered 431', async () => {
  const { answer } = raw(
    bus,
    `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
  );
  expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
  await healthy(bus);
});

test('a huge body is cut short, not swallowed', async () => {
  const head = 'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const { answer } = raw(bus, `${head}Content-Length: 100000000000\r\n\r\n{`);
  const { answer: endless, socket } = raw(bus, `${head}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  for (let n = 0; n < 40; n += 1) socket.write(chunk);
  expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(await endless).toMatch(/^(?:HTTP\/1\.1 413 .*)?/s);
  await healthy(bus);
});

test('half-sent headers and half-sent bodies are answered 408 and cut', async () => {
  const slow = [
    'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Ty',
    'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"ver',
  ].map((bytes) => raw(impatient, bytes).answer);
  for (const answer of slow) expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  await healthy(impatient);
});

test('a client that trickles is cut as well', async () => {
  const { socket, answer } = raw(impatient, 'GET /health HTTP/1.1\r\nHost: x\r\n');
  const trickle = setInterval(() => socket.write('X: y\r\n'), 50);
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(trickle);
});

test('clients that vanish in the middle of a body leave nothing behind', async () => {
  for (let n = 0; n < 50; n += 1) {
    const { socket } = raw(
      bus,
      'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"ver',
    );
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.resetAndDestroy();
  }
  await healthy(bus);
  const failures = bus.lines.filter((line) => line.includes('"level":"error"'));
  expect(failures).toEqual([]);
  expect(await bus.server.stop(5_000)).toEqual({ cut: 0, left: [] });
});
