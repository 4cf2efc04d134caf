import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, until } from './bus-fixture.js';
import { subscribeTo } from './sse-client.js';

let redis: TestRedis;
let bus: TestBus;

beforeEach(async () => {
  redis = await startRedis();
  bus = await startBus(redis);
});
afterEach(async () => {
  await bus.server.stop(0);
  await redis.stop();
});

/** Each sample as `name{labels}` and its value. */
async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(`${bus.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => /^\w/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Figures of Redis are kept for a moment: asks until they are as wanted. */
async function scrapeUntil(
  wanted: (samples: Map<string, number>) => boolean,
): Promise<Map<string, number>> {
  let samples = await scrape();
  await until(async () => {
    samples = await scrape();
    return wanted(samples);
  });
  return samples;
}

const publish = (message: object = anEvent()): Promise<Response> =>
  bus.post('event', JSON.stringify(message));

const STREAM = 'db="db0",stream="orion:events"';
const GROUP = `{${STREAM},group="g"}`;

test('the process: memory, CPU, event loop, version', async () => {
  const samples = await scrape();
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(samples.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(samples.get('orion_bus_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(
    0,
  );
  expect(samples.get('orion_bus_info{version="1.2.3"}')).toBe(1);
  expect(samples.get('redis_up')).toBe(1);
});

test('publishing: latencies, contract errors by type, and what Redis did not take', async () => {
  await publish();
  await publish({});
  await bus.post('event/batch', '{}\n{}', { 'content-type': 'application/x-ndjson' });
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
  await publish();
  await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
  const samples = await scrape();
  expect(samples.get('orion_bus_publish_duration_seconds_count{type="event"}')).toBe(1);
  expect(samples.get('orion_bus_publish_duration_seconds_bucket{le="+Inf",type="event"}')).toBe(1);
  expect(samples.get('orion_bus_contract_errors_total{type="event"}')).toBe(2);
  expect(samples.get('orion_bus_publish_failures_total{type="event"}')).toBe(1);
});

test('subscriptions: deliveries, acknowledgements, what is held, dead letters; no consumer label', async () => {
  const client = await subscribeTo(
    `${bus.url}/messages/event?group=g&consumer=hunter2&start=beginning`,
  );
  await publish();
  await publish();
  const { id } = (await client.next()) ?? {};
  await client.next();
  await fetch(`${bus.url}/acks/event/g`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids: [id] }),
  });
  await redis.link.command('XADD', 'orion:events', '*', 'data', '{}');
  const samples = await scrapeUntil((all) => all.get(`orion_bus_dead_letters{${STREAM}}`) === 1);
  expect(samples.get('orion_bus_delivery_duration_seconds_count{type="event"}')).toBe(2);
  expect(samples.get('orion_bus_acknowledged_total{type="event"}')).toBe(1);
  expect(samples.get('orion_bus_subscriptions{type="event"}')).toBe(1);
  expect(samples.get('orion_bus_subscriptions_unacknowledged{type="event"}')).toBe(1);
  expect(samples.get('orion_bus_dead_lettered_total{type="event"}')).toBe(1);
  expect(samples.get('orion_bus_contract_errors_total{type="event"}')).toBe(1);
  expect([...samples.keys()].join('\n')).not.toContain('hunter2');
  client.vanish();
  await until(async () => !(await scrape()).has('orion_bus_subscriptions{type="event"}'));
});

test('streams and groups by the names of redis_exporter; nothing outside the prefix', async () => {
  for (let n = 0; n < 5; n += 1) await publish();
  for (const key of ['other:events', 'orion:strangers']) {
    await redis.link.command('XADD', key, '*', 'data', '{}');
  }
  await redis.link.command('XGROUP', 'CREATE', 'orion:events', 'g', '0');
  const read = [
    'XREADGROUP',
    'GROUP',
    'g',
    'c',
    'COUNT',
    '2',
    'STREAMS',
    'orion:events',
    '>',
  ] as const;
  await redis.link.command(...read);
  const samples = await scrapeUntil((all) => all.has(`redis_stream_group_lag${GROUP}`));
  const expected: Record<string, number> = {
    [`redis_stream_length{${STREAM}}`]: 5,
    [`redis_stream_groups{${STREAM}}`]: 1,
    [`redis_stream_entries_added_total{${STREAM}}`]: 5,
    [`redis_stream_group_consumers${GROUP}`]: 1,
    [`redis_stream_group_messages_pending${GROUP}`]: 2,
    [`redis_stream_group_entries_read${GROUP}`]: 2,
    [`redis_stream_group_lag${GROUP}`]: 3,
    [`redis_stream_group_lag_known${GROUP}`]: 1,
    [`redis_stream_group_backlog${GROUP}`]: 5,
    [`redis_stream_group_max_deliveries${GROUP}`]: 1,
    [`redis_stream_group_ghost_pending${GROUP}`]: 0,
    [`redis_stream_group_trimmed_unread_total${GROUP}`]: 0,
  };
  for (const [name, value] of Object.entries(expected)) expect(samples.get(name), name).toBe(value);
  for (const age of ['oldest_pending', 'oldest_undelivered']) {
    expect(samples.get(`redis_stream_group_${age}_age_seconds${GROUP}`)).toBeGreaterThanOrEqual(0);
  }
  const text = [...samples.keys()].join('\n');
  expect(text).not.toContain('other:events');
  expect(text).not.toContain('strangers');
  await redis.link.command('XGROUP', 'DESTROY', 'orion:events', 'g');
  await scrapeUntil((all) => !all.has(`redis_stream_group_lag${GROUP}`));
});

test('messages that are lost: trimmed while pending, or before they were read', async () => {
  for (let n = 0; n < 6; n += 1) await publish();
  await redis.link.command('XGROUP', 'CREATE', 'orion:events', 'g', '0');
  const read = ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '2', 'STREAMS', 'orion:events'] as const;
  await redis.link.command(...read, '>');
  await redis.link.command(...read, '0');
  await redis.link.command('XTRIM', 'orion:events', 'MAXLEN', 3);
  const lost = (samples: Map<string, number>): (number | undefined)[] =>
    ['max_deliveries', 'ghost_pending', 'trimmed_unread_total'].map((name) =>
      samples.get(`redis_stream_group_${name}${GROUP}`),
    );
  expect(lost(await scrapeUntil((all) => all.has(`redis_stream_group_lag${GROUP}`)))).toEqual([
    2, 2, 1,
  ]);
  // Redis forgets what was trimmed as soon as the group reads on; the bus does not.
  await redis.link.command(...read, '>');
  const later = await scrapeUntil(
    (all) => all.get(`redis_stream_group_messages_pending${GROUP}`) === 4,
  );
  expect(lost(later)).toEqual([2, 2, 1]);
});

test('an unknown lag is absent, said to be unknown, and never 0', async () => {
  const batch = `${JSON.stringify(anEvent())}\n`.repeat(600);
  const type = { 'content-type': 'application/x-ndjson' };
  for (let n = 0; n < 3; n += 1) await bus.post('event/batch', batch, type);
  const [first] = (await redis.link.command('XRANGE', 'orion:events', '-', '+', 'COUNT', '1')) as [
    [string],
  ]; // the oldest entry
  await redis.link.command('XGROUP', 'CREATE', 'orion:events', 'g', first[0]);
  const samples = await scrapeUntil((all) => all.has(`redis_stream_group_lag_known${GROUP}`));
  expect(samples.get(`redis_stream_group_lag_known${GROUP}`)).toBe(0);
  expect(samples.get(`redis_stream_group_lag_at_least${GROUP}`)).toBe(1_001);
  expect(samples.has(`redis_stream_group_lag${GROUP}`)).toBe(false);
  expect(samples.has(`redis_stream_group_backlog${GROUP}`)).toBe(false);
});

test('groups without end are counted and not listed', async () => {
  await publish();
  for (let n = 0; n < 80; n += 1) {
    await redis.link.command('XGROUP', 'CREATE', 'orion:events', `g${n}`, '0');
  }
  const samples = await scrapeUntil(
    (all) => (all.get(`redis_stream_groups{${STREAM}}`) ?? 0) >= 80,
  );
  const listed = [...samples.keys()].filter((name) => name.startsWith('redis_stream_group_lag{'));
  expect(listed).toHaveLength(50);
});

test('Redis hanging or gone: answered all the same, with what the bus knows itself', async () => {
  await publish();
  redis.pause();
  const answers = await Promise.all([scrape(), scrape(), scrape()]);
  for (const samples of answers) {
    expect(samples.get('redis_up')).toBe(0);
    expect(samples.has('process_resident_memory_bytes')).toBe(true);
    expect([...samples.keys()].some((name) => name.startsWith('redis_stream'))).toBe(false);
  }
  redis.resume();
  await scrapeUntil((all) => all.get('redis_up') === 1);
  await redis.kill();
  await scrapeUntil((all) => all.get('redis_up') === 0);
});

test('many scrapers cost Redis one look', async () => {
  await scrape();
  const calls = async (): Promise<number> => {
    const info = String(await redis.link.command('INFO', 'commandstats'));
    return Number(/cmdstat_eval:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };
  const before = await calls();
  await Promise.all(Array.from({ length: 50 }, scrape));
  expect((await calls()) - before).toBeLessThan(30);
});
