import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, until } from './bus-fixture.js';
import { type SseClient, subscribeTo } from './sse-client.js';

/* A subscriber whose host is gone, or whose process hangs: its connection stands, and says nothing. */

let redis: TestRedis;
let bus: TestBus;
const clients: SseClient[] = [];

beforeEach(async () => {
  redis = await startRedis();
  bus = await startBus(redis, { minIdleMs: 300 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.vanish();
  await bus.server.stop(0);
  await redis.stop();
});

async function subscribe(consumer: string, query = ''): Promise<SseClient> {
  const url = `${bus.url}/messages/event?group=g&consumer=${consumer}&start=beginning${query}`;
  const client = await subscribeTo(url);
  clients.push(client);
  return client;
}

async function acks(body: object): Promise<unknown> {
  const response = await fetch(`${bus.url}/acks/event/g`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

const publish = async (): Promise<void> =>
  expect((await bus.post('event', JSON.stringify(anEvent()))).status).toBe(201);

test('it is taken for gone when its patience is over, and another is given what it held', async () => {
  const silent = await subscribe('silent', '&patience=1');
  await publish();
  const held = await silent.next();
  silent.pause();
  await until(() => bus.lines.some((line) => line.includes('"why":"silent"')));
  const other = await subscribe('other');
  expect((await other.next())?.id).toBe(held?.id);
  const line = bus.lines.find((text) => text.includes('unsubscribed')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', consumer: 'silent', unacknowledged: 1 });
});

test('one that listens is told why', async () => {
  const silent = await subscribe('silent', '&patience=1');
  await publish();
  await silent.next();
  expect(await silent.next()).toMatchObject({ event: 'bye', data: '{"reason":"silent"}' });
  await silent.closed;
});

test('who says that he is at work, and who holds nothing, is left in peace', async () => {
  const busy = await subscribe('busy', '&patience=1');
  await publish();
  const { id } = (await busy.next()) ?? {};
  for (let n = 0; n < 6; n += 1) {
    await systemClock.sleep(300);
    expect(await acks({ working: [id] })).toEqual({ acknowledged: 0, working: 1 });
  }
  expect(await acks({ ids: [id], working: [id] })).toEqual({ acknowledged: 1, working: 1 });
  await systemClock.sleep(1_300);
  await publish();
  expect((await busy.next())?.event).toBe('message');
});

test('patience is a whole number of seconds, and who is at work names an entry', async () => {
  expect((await subscribe('c', '&patience=0')).status).toBe(400);
  expect((await subscribe('c', '&patience=1.5')).status).toBe(400);
  for (const body of [
    {},
    { working: [] },
    { ids: [], working: ['1-1'] },
    { working: ['x'] },
    null,
  ]) {
    expect(await acks(Object(body))).toMatchObject({ status: 400 });
  }
});
