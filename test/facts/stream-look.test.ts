import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  allPending,
  entryBody,
  existingIds,
  groupIn,
  lookAtStream,
  newestEntries,
  pendingEntries,
  redisTimeMs,
  serverFacts,
} from '../../src/facts/index.js';
import {
  type Capabilities,
  entryId,
  groupName,
  probeCapabilities,
  type RedisLink,
  streamKey,
} from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const stream = streamKey('orion:events');
const group = groupName('g');
let server: TestRedis;
let link: RedisLink;
let capabilities: Capabilities;

beforeAll(async () => {
  server = await startRedis();
  link = server.link;
  capabilities = await probeCapabilities(link, 'orion');
});

afterAll(() => server.stop());

beforeEach(() => link.command('FLUSHALL'));

describe('a look at a stream', () => {
  const look = () => lookAtStream(link, capabilities, stream, { countCap: 100 });

  it('tells a missing key from one that is no stream', async () => {
    expect(await look()).toMatchObject({ kind: 'none', length: 0, groups: [] });
    await link.command('SET', stream, 'text');
    expect(await look()).toMatchObject({ kind: 'other', groups: [] });
  });

  it('tells everything that belongs together, by Redis’s clock', async () => {
    await fill(6);
    await link.command('XGROUP', 'CREATE', stream, 'other', '$');
    await read('a', 2);
    await read('b', 2);
    await link.command('XACK', stream, 'g', '1-0');
    await link.command('XDEL', stream, '6-0');
    const seen = await look();
    expect(Math.abs(seen.atMs - (await redisTimeMs(link)))).toBeLessThan(60_000);
    expect(seen).toMatchObject({
      ...{ kind: 'stream', length: 5, firstId: '1-0', lastGeneratedId: '6-0' },
      ...{ maxDeletedId: '6-0', entriesAdded: 6 },
    });
    expect(groupIn(seen, 'g')).toMatchObject({
      ...{ cursor: '4-0', entriesRead: 4, pending: 3, oldestPendingId: '2-0' },
      ...{ nextUndeliveredId: '5-0', consumerCount: 2, lag: { known: true, value: 1 } },
    });
    expect(Object.fromEntries(groupIn(seen, 'g')?.pendingByConsumer ?? [])).toEqual({ a: 1, b: 2 });
    expect(groupIn(seen, 'g')?.consumers.map(({ name, pending }) => [name, pending])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(groupIn(seen, 'other')).toMatchObject({ pending: 0, oldestPendingId: null });
    expect(groupIn(seen, 'nobody')).toBeNull();
  });

  it('takes no message along', async () => {
    await link.command('XADD', stream, '1-0', 'data', 'a very secret message');
    expect(JSON.stringify(await look())).not.toContain('secret');
  });
});

describe('pending entries', () => {
  it('come in order, page by page, however many', async () => {
    await fill(2_345);
    await read('a', 5_000);
    const pages: number[] = [];
    for await (const page of pendingEntries(link, stream, group)) pages.push(page.length);
    expect(pages).toEqual([1_000, 1_000, 345]);
    const all = await allPending(link, stream, group);
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 2_345 }, (_, i) => `${i + 1}-0`));
  });

  it('end with a page that is exactly full', async () => {
    await fill(1_000);
    await read('a', 1_000);
    expect(await allPending(link, stream, group)).toHaveLength(1_000);
  });

  it('are filtered by consumer and by how long they are in hand', async () => {
    await fill(3);
    await read('a', 2);
    await read('b', 1);
    await link.command('XCLAIM', stream, 'g', 'a', 0, '2-0', 'IDLE', 90_000, 'RETRYCOUNT', 3);
    const filtered = async (filter: { minIdleMs?: number; consumer?: string }) => {
      const rows: string[] = [];
      for await (const page of pendingEntries(link, stream, group, filter)) {
        rows.push(...page.map(({ id, consumer, deliveries }) => `${id} ${consumer} ${deliveries}`));
      }
      return rows;
    };
    expect(await filtered({ consumer: 'b' })).toEqual(['3-0 b 1']);
    expect(await filtered({ minIdleMs: 60_000 })).toEqual(['2-0 a 3']);
    expect(await filtered({ minIdleMs: 60_000, consumer: 'b' })).toEqual([]);
  });

  it('of which the entry is gone are told apart', async () => {
    await fill(2_100);
    await link.command('XTRIM', stream, 'MAXLEN', 100);
    const ids = Array.from({ length: 2_100 }, (_, i) => entryId(`${i + 1}-0`));
    const existing = await existingIds(link, stream, ids);
    expect(existing.size).toBe(100);
    expect(existing.has(entryId('2001-0'))).toBe(true);
    expect(existing.has(entryId('2000-0'))).toBe(false);
  });

  it('of a missing group are an error of the server', async () => {
    await expect(allPending(link, stream, group)).rejects.toThrow('NOGROUP');
  });
});

it('shows entries: the newest first, or one by its id', async () => {
  await fill(4);
  expect((await newestEntries(link, stream, 2)).map(({ id }) => id)).toEqual(['4-0', '3-0']);
  const body = await entryBody(link, stream, entryId('2-0'));
  expect(Object.fromEntries(body?.fields ?? [])).toEqual({ data: '2' });
  expect(await entryBody(link, stream, entryId('9-0'))).toBeNull();
});

it('says what the server says of itself', async () => {
  expect(await serverFacts(link)).toMatchObject({
    ...{ version: capabilities.version, role: 'master', appendOnly: true, maxMemoryBytes: null },
    ...{ runId: expect.stringMatching(/^[0-9a-f]{40}$/), evictionPolicy: 'noeviction' },
    ...{ usedMemoryBytes: expect.any(Number), opsPerSecond: expect.any(Number) },
  });
  await link.command('CONFIG', 'SET', 'maxmemory', '64mb');
  expect((await serverFacts(link)).maxMemoryBytes).toBe(64 * 2 ** 20);
  await link.command('CONFIG', 'SET', 'maxmemory', '0');
});

async function fill(entries: number): Promise<void> {
  await link.command('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
  await link.pipeline(
    Array.from({ length: entries }, (_, i) => ['XADD', stream, `${i + 1}-0`, 'data', i + 1]),
  );
}

async function read(consumer: string, count: number): Promise<void> {
  const from = ['GROUP', group, consumer, 'COUNT', count, 'STREAMS', stream, '>'];
  await link.command('XREADGROUP', ...from);
}
