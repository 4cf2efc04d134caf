import { appendFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Sample } from '../../src/evidence/index.js';
import type { Plan } from '../../src/facts/index.js';
import { systemClock } from '../../src/problems/index.js';
import { RedisLink } from '../../src/redis/index.js';
import { Sampler, type SamplingContext } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
});

const EVENT = {
  version: '1.0',
  timestamp: '2026-01-17T10:00:00.000Z',
  source: 'orion-guardian',
  event_id: '5f0c8f3e-6a54-4a9b-9d0e-0d4b5ad2a001',
  event_type: 'service_up',
  severity: 'info',
  data: {},
};

function contextOf(plan: Partial<Plan> = {}): SamplingContext {
  return {
    plan: { ...world.plan, ...plan },
    services: world.services,
    contracts: world.context().contracts,
    clock: systemClock,
    redis: async () => ({ link: world.redis, capabilities: world.capabilities }),
  };
}

/** An event that took `delayMs` from its timestamp to its entry. */
async function publish(delayMs: number, change: object = {}): Promise<void> {
  const ms = Date.parse(EVENT.timestamp) + delayMs;
  const message = JSON.stringify({ ...EVENT, ...change });
  await world.redis.command('XADD', world.stream(), `${ms}-*`, 'data', message);
}

const eventsOf = ({ streams }: Sample) => streams.find(({ stream }) => stream === world.stream());
const groupOf = ({ groups }: Sample, name: string) => groups.find(({ group }) => group === name);

describe('the streams of a sample', () => {
  it('are read from where the last sample ended, each entry once', async () => {
    await publish(0);
    const sampler = new Sampler(contextOf());
    const first = await sampler.take();
    expect(first).toMatchObject({ clock: 'redis', sinceMs: null });
    expect(eventsOf(first)).toMatchObject({ length: 1, checked: 0, bySource: {} });
    for (let n = 1; n < 20; n += 1) await publish(n);
    await publish(700, { source: 'orion-brain' });
    await publish(701, { severity: 'deadly' });
    await world.redis.command('XADD', world.stream(), '*', 'data', 'no JSON');
    const second = await sampler.take();
    expect(second.sinceMs).toBeGreaterThanOrEqual(0);
    expect(eventsOf(second)).toMatchObject({
      ...{ length: 23, entriesAdded: 23, checked: 22, unchecked: 0, violations: 2 },
      bySource: { 'orion-brain': 1, 'orion-guardian': 20 },
      // Of 21 that tell when they were written the 20th.
      publishP95Ms: 700,
    });
    expect(eventsOf(await sampler.take())).toMatchObject({ checked: 0, violations: 0 });
  });

  it('are not read to their end where very much is new: the rest is counted', async () => {
    await world.fill(1);
    const sampler = new Sampler(contextOf());
    await sampler.take();
    await world.add(2, 3_001);
    expect(eventsOf(await sampler.take())).toMatchObject({ checked: 2_000, unchecked: 1_000 });
    await world.add(3_002, 3_002);
    expect(eventsOf(await sampler.take())).toMatchObject({ checked: 1, unchecked: 0 });
  });

  it('are whole where they are new, and passed over where they have no contract', async () => {
    const sampler = new Sampler(contextOf());
    await sampler.take();
    await world.fill(3);
    await world.fill(4, { type: 'gossip' });
    const { streams } = await sampler.take();
    expect(streams).toMatchObject([
      { stream: world.stream(), checked: 3, unchecked: 0, violations: 3 },
      { stream: world.stream('gossip'), checked: 0, unchecked: 4, violations: 0 },
    ]);
  });
});

describe('the groups of a sample', () => {
  it('tell lag, pending, headroom and how long a message is in hand', async () => {
    await world.fill(50, { groups: [SOURCE, TARGET] });
    await world.handle(SOURCE, 10);
    const sampler = new Sampler(contextOf({ streams: { prefix: world.prefix, maxLength: 60 } }));
    await sampler.take();
    await world.handle(SOURCE, 20, { pending: [25, 26] });
    const sample = await sampler.take();
    expect(groupOf(sample, SOURCE)).toMatchObject({
      ...{ module: 'memory', side: 'source', cursor: '30-0', lag: 20, pending: 2, parked: 0 },
      ...{ entriesRead: 30, consumers: 1, lost: 0 },
      // From 25 to 50.
      headroomEntries: 60 - 26,
      // 18 were done since the last sample, and 2 are in hand.
      handlingMs: Math.round((2 * (sample.sinceMs ?? 0)) / 18),
    });
    expect(groupOf(sample, TARGET)).toMatchObject({
      ...{ side: 'target', entriesRead: 0, lag: 50, handlingMs: null, headroomEntries: 10 },
    });
  });

  it('tell what was lost since the first, once and for ever', async () => {
    await world.fill(20);
    await world.handle(SOURCE, 10, { pending: [4] });
    const sampler = new Sampler(contextOf());
    const lost = async () => groupOf(await sampler.take(), SOURCE)?.lost;
    expect(await lost()).toBe(0);
    await world.redis.command('XTRIM', world.stream(), 'MINID', '14-0');
    // 11, 12 and 13 were never delivered, 4 was pending.
    expect(await lost()).toBe(4);
    expect(await lost()).toBe(4);
    await world.handle(SOURCE, 10);
    expect(await lost()).toBe(4);
    await world.redis.command('XACK', world.stream(), SOURCE, '4-0');
    expect(await lost()).toBe(4);
    await world.redis.command('XTRIM', world.stream(), 'MAXLEN', '0');
    expect(await lost()).toBe(4);
  });

  it('go on from a memory that was kept', async () => {
    await world.fill(20);
    await world.handle(SOURCE, 10);
    const first = new Sampler(contextOf());
    await first.take();
    await world.redis.command('XTRIM', world.stream(), 'MINID', '14-0');
    await first.take();
    await world.add(21, 23);
    const kept: typeof first.memory = JSON.parse(JSON.stringify(first.memory));
    const sample = await new Sampler(contextOf(), kept).take();
    expect(groupOf(sample, SOURCE)).toMatchObject({ lost: 3 });
    expect(eventsOf(sample)).toMatchObject({ checked: 3 });
    expect(sample.sinceMs).not.toBeNull();
  });
});

describe('the processes of a sample', () => {
  it('tell their service, and errors written since the last sample', async () => {
    await world.make('up');
    await writeFile(world.logFile, 'ERROR long ago\n');
    const redis = { log: `${world.logFile}.redis` };
    await writeFile(redis.log, '');
    const sampler = new Sampler(contextOf({ redis }));
    expect((await sampler.take()).modules).toEqual([
      {
        ...{ module: 'memory', service: 'active', pid: null, settings: 'source' },
        ...{ errors: 0, critical: 0 },
      },
    ]);
    await world.make('up', false);
    await world.point(TARGET);
    await appendFile(world.logFile, 'ERROR one\nCRITICAL ERROR two\nINFO fine\n');
    await rename(world.logFile, `${world.logFile}.1`);
    await writeFile(world.logFile, 'ERROR in the new file\n');
    await appendFile(redis.log, "1:M 01 Jan 2026 10:00:00.000 # Can't save in background\n");
    await appendFile(redis.log, '1:M 01 Jan 2026 10:00:00.000 * DB saved on disk\n');
    expect(await sampler.take()).toMatchObject({
      modules: [{ service: 'inactive', settings: 'target', errors: 1, critical: 0 }],
      redisLogErrors: 1,
    });
  });

  it('tell the health, the memory and the log of a bus', async () => {
    let status = 200;
    let failures = 3;
    const bus = createServer((request, response) => {
      const text = `orion_bus_publish_failures_total{type="event"} ${failures}\n`;
      response.writeHead(status).end(request.url === '/metrics' ? text : '{}');
    });
    await new Promise<void>((resolve) => bus.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void bus.close());
    const { port } = bus.address() as AddressInfo;
    const log = `${world.logFile}.bus`;
    await writeFile(log, '');
    const url = `http://127.0.0.1:${port}`;
    const target = { ...world.plan.target, service: 'bus', url, log };
    const state = async () => ({
      ...{ service: 'bus', active: 'active' as const, installed: true, mainPid: process.pid },
      ...{ sinceMs: null, restarts: null, enabled: null },
    });
    const services = Object.assign(Object.create(world.services), { state });
    const sampler = new Sampler({ ...contextOf({ target }), services });
    expect((await sampler.take()).target).toMatchObject({
      ...{ service: 'active', healthy: true, pid: process.pid, refused: null },
      ...{ contractLogErrors: 0, rssBytes: expect.any(Number) },
    });
    [status, failures] = [503, 5];
    await appendFile(log, 'Contract validation failed for event\nall is well\n');
    const later = (await sampler.take()).target;
    expect(later).toMatchObject({ healthy: false, contractLogErrors: 1, refused: null });
    expect(later.rssBytes).toBeGreaterThan(2 ** 20);
    status = 200;
    expect((await sampler.take()).target.refused).toBe(2);
  });
});

it('without Redis there is a sample all the same, and nothing is counted twice after it', async () => {
  await world.fill(2);
  let up = true;
  const address = { url: 'redis://127.0.0.1:1', username: null, password: null };
  const gone = await problemOf(RedisLink.open(address, 'test'));
  const context = contextOf();
  const sampler = new Sampler({
    ...context,
    redis: async () => {
      if (up) return context.redis();
      throw gone;
    },
  });
  await sampler.take();
  up = false;
  await world.add(3, 5);
  expect(await sampler.take()).toMatchObject({
    ...{ clock: 'host', streams: [], groups: [], modules: [{ module: 'memory' }] },
  });
  up = true;
  expect(eventsOf(await sampler.take())).toMatchObject({ checked: 3 });
});
