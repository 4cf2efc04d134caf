import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, textsIn } from './bus-fixture.js';

let redis: TestRedis;
let bus: TestBus;

beforeAll(async () => {
  redis = await startRedis();
  bus = await startBus(redis);
});
afterAll(async () => {
  await bus.stop();
  await redis.stop();
});
beforeEach(async () => {
  await redis.link.command('FLUSHALL');
  bus.lines.length = 0;
});

const TYPE = 'application/x-ndjson';

const postBatch = (body: string | Buffer, type = TYPE, contract = 'event'): Promise<Response> =>
  bus.post(`${contract}/batch`, body, { 'content-type': type });

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly violations?: readonly { readonly index: number; readonly pointer: string }[];
  readonly omitted?: number;
}

async function refusal(response: Response): Promise<Refusal> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return (await response.json()) as Refusal; // the fields that the tests look at
}

test('201: all messages in order, each as it was sent; empty lines do not count', async () => {
  const texts = [1, 2, 3].map((n) =>
    JSON.stringify(anEvent({ n, big: 1 })).replace('"big":1', '"big":1.0'),
  );
  const response = await postBatch(`\uFEFF${texts[0]}\r\n\n${texts[1]}\n  \n${texts[2]}`);
  expect(response.status).toBe(201);
  const { ids } = (await response.json()) as { ids: string[] }; // a 201
  expect(ids).toHaveLength(3);
  expect(await textsIn(redis, 'orion:events')).toEqual(texts);
});

test('422: which message, and where in it; none is written, none is in the log', async () => {
  const good = JSON.stringify(anEvent());
  const bad = JSON.stringify({ ...anEvent(), severity: 'hunter2' });
  const response = await postBatch([good, bad, '{"hunter2', good].join('\n'));
  const { status, violations } = await refusal(response);
  expect(status).toBe(422);
  expect(violations?.map(({ index, pointer }) => [index, pointer])).toEqual([
    [1, '/severity'],
    [2, ''],
  ]);
  expect(await redis.link.command('DBSIZE')).toBe(0);
  const said = bus.lines.filter((line) => line.includes('contract validation failed'));
  expect(said).toHaveLength(1);
  expect(bus.lines.join('\n')).not.toContain('hunter');
});

test('a list of violations without end is cut, and how many are left out is said', async () => {
  const { violations, omitted } = await refusal(await postBatch('{}\n'.repeat(500)));
  expect(violations).toHaveLength(100);
  expect(omitted).toBeGreaterThan(500);
});

test('limits: 1,000 messages, 1 MiB', async () => {
  const text = `${JSON.stringify(anEvent())}\n`;
  expect((await postBatch(text.repeat(1_000))).status).toBe(201);
  expect(await redis.link.command('XLEN', 'orion:events')).toBe(1_000);
  const { status, type } = await refusal(await postBatch(text.repeat(1_001)));
  expect([status, type]).toEqual([413, 'urn:orion-bus:problem:batch.too-long']);
  const large = JSON.stringify(anEvent({ pad: 'x'.repeat(600_000) }));
  expect((await refusal(await postBatch(`${large}\n${large}`))).status).toBe(413);
  expect(await redis.link.command('XLEN', 'orion:events')).toBe(1_000);
});

test.each([
  ['', TYPE, 'event', 400],
  ['\n \n', TYPE, 'event', 400],
  [Buffer.from([0x22, 0xff, 0x22]), TYPE, 'event', 400],
  ['{}', 'application/json', 'event', 415],
  ['{}', TYPE, 'evnt', 404],
  ['{}', TYPE, 'orion-bus.probe', 404],
])('%j as %s to %s: %i', async (body, type, contract, status) => {
  expect((await refusal(await postBatch(body, type, contract))).status).toBe(status);
});

test('NDJSON is no single message', async () => {
  const response = await bus.post('event', JSON.stringify(anEvent()), { 'content-type': TYPE });
  expect(response.status).toBe(415);
});

test('memory full: 503 with Retry-After, none of the batch is written', async () => {
  const batch = [1, 2, 3].map((n) => JSON.stringify(anEvent({ n }))).join('\n');
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  const response = await postBatch(batch);
  expect(response.status).toBe(503);
  expect(response.headers.has('retry-after')).toBe(true);
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
  expect(await redis.link.command('DBSIZE')).toBe(0);
});
