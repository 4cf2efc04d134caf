import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type RoundTripResult, roundTrip } from '../../src/bus/index.js';
import { systemClock } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startBus } from './bus-fixture.js';

let redis: TestRedis;
const servers: Server[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  expect(await redis.link.command('DBSIZE'), 'keys left behind').toBe(0);
});
afterAll(() => redis.stop());

function through(url: string | null): Promise<RoundTripResult> {
  return roundTrip({
    link: redis.link,
    prefix: 'orion',
    via: url === null ? { kind: 'library' } : { kind: 'http', url },
    clock: systemClock,
    timeoutMs: 2_000,
  });
}

/** A foreign bus that answers every POST with this status, after doing something with the probe. */
async function foreignBus(
  status: number,
  act: (body: string) => Promise<unknown>,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      void act(body).then(() => response.writeHead(status).end());
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const keyOf = (body: string): string => {
  const uuid = /"probe":"([^"]+)"/.exec(body)?.[1];
  return `orion:orion-bus:probe:${uuid}`;
};

test('through the library', async () => {
  expect(await through(null)).toEqual({
    way: 'library',
    ok: true,
    milliseconds: expect.any(Number),
  });
});

test('through our own bus', async () => {
  const bus = await startBus(redis);
  const result = await through(bus.url);
  await bus.stop();
  expect(result).toEqual({ way: 'target', ok: true, milliseconds: expect.any(Number) });
});

test.each([404, 405, 501])(
  'a bus that answers %i takes no probe: through the library, said',
  async (status) => {
    const url = await foreignBus(status, async () => undefined);
    const result = await through(url);
    expect(result).toMatchObject({ way: 'library', ok: true });
    expect(result.note).toContain(`HTTP ${status}`);
  },
);

test.each([401, 422, 500, 503])('a bus that answers %i fails at the publishing', async (status) => {
  const url = await foreignBus(status, async () => undefined);
  const result = await through(url);
  expect(result).toMatchObject({ way: 'target', ok: false, stage: 'publish' });
  expect(result.problem).toContain(`HTTP ${status}`);
});

test('a bus that is down fails at the publishing, with the reason', async () => {
  const url = await foreignBus(201, async () => undefined);
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  const result = await through(url);
  expect(result).toMatchObject({ way: 'target', ok: false, stage: 'publish' });
  expect(result.problem).toContain('ECONNREFUSED');
});

test('a bus that writes elsewhere is found out', async () => {
  const bus = await startBus(redis, { prefix: 'other' });
  const result = await through(bus.url);
  await bus.stop();
  expect(result).toMatchObject({ way: 'target', ok: false, stage: 'read' });
  expect(result.problem).toContain('another Redis, database or prefix');
  await redis.link.command('FLUSHALL');
});

const breakages: [string, string, (key: string, body: string) => (string | number)[][]][] = [
  ['a changed payload', 'compare', (key, body) => [['XADD', key, '*', 'data', `${body} `]]],
  ['another field', 'compare', (key, body) => [['XADD', key, '*', 'payload', body]]],
  ['a second field', 'compare', (key, body) => [['XADD', key, '*', 'data', body, 'n', 1]]],
  ['no entry', 'compare', () => []],
  [
    'an entry written twice',
    'compare',
    (key, body) => [
      ['XADD', key, '*', 'data', body],
      ['XADD', key, '*', 'data', body],
    ],
  ],
];
test.each(breakages)('%s fails at stage %s', async (_name, stage, entries) => {
  const url = await foreignBus(201, async (body) => {
    const key = keyOf(body);
    await redis.link.command('XGROUP', 'CREATE', key, 'orion-bus-probe', 0, 'MKSTREAM');
    for (const [name, ...args] of entries(key, body))
      await redis.link.command(String(name), ...args);
  });
  expect(await through(url)).toMatchObject({ way: 'target', ok: false, stage });
});

test('memory full fails at the publishing and leaves nothing', async () => {
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  const result = await through(null);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
  expect(result).toMatchObject({ way: 'library', ok: false, stage: 'publish' });
  expect(result.problem).toContain('maxmemory');
});

test('a probe expires by itself when nobody comes back for it', async () => {
  const bus = await startBus(redis);
  const uuid = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  const response = await bus.post('orion-bus.probe', `{"probe":"${uuid}"}`);
  expect(response.status).toBe(201);
  const key = `orion:orion-bus:probe:${uuid}`;
  expect(await redis.link.command('KEYS', '*')).toEqual([key]);
  const left = Number(await redis.link.command('PTTL', key));
  expect(left).toBeGreaterThan(30_000);
  expect(left).toBeLessThanOrEqual(60_000);
  expect((await bus.post('orion-bus.probe', `{"probe":"${uuid}"}`)).status).toBe(409);
  expect(await redis.link.command('XLEN', key)).toBe(1);
  for (const bad of ['{}', '{"probe":"x"}', `{"probe":"${uuid}","more":1}`, 'no json', '[]']) {
    expect((await bus.post('orion-bus.probe', bad)).status).toBe(422);
  }
  expect(await redis.link.command('DBSIZE')).toBe(1);
  await redis.link.command('FLUSHALL');
  await bus.stop();
});
