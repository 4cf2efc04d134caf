import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allPending, existingIds } from '../../src/facts/index.js';
import { handOver, readParkedBody } from '../../src/handoff/index.js';
import {
  type Capabilities,
  entryId,
  groupName,
  listOf,
  ownKeys,
  probeCapabilities,
  type RedisLink,
  streamKey,
  textOf,
} from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;
let link: RedisLink;
let capabilities: Capabilities;
let stateDir: string;
const stream = streamKey('orion:events');
const G = groupName('giving');
const R = groupName('receiving');

beforeAll(async () => {
  server = await startRedis();
  link = server.link;
  capabilities = await probeCapabilities(link, 'orion');
  stateDir = await mkdtemp(join(tmpdir(), 'orion-state-'));
});

afterAll(async () => {
  await server.stop();
  await rm(stateDir, { recursive: true });
});

describe('hand over', () => {
  it('gives the receiving group exactly what the giving group owed', async () => {
    await fresh(20);
    await read(G, 'c', 10);
    await ack(G, ['1-0', '2-0', '4-0']);
    await link.command('XGROUP', 'CREATE', stream, R, '0');
    const before = await owed(G);
    const { turns } = await turn('orion-bus-parked');
    expect(turns[0]?.plan.kind).toBe('split');
    expect(turns[0]?.plan.announced).toBe(6);
    expect(await owed(R)).toEqual(before);
    expect(textOf((await allPending(link, stream, R))[0]?.consumer)).toBe('orion-bus-parked');
    expect(await readParkedBody(stateDir, stream, R, entryId('3-0'))).toMatchObject({
      fields: [['data', '3']],
    });
  });
});

async function fresh(entries: number): Promise<void> {
  await link.command('DEL', stream);
  await link.command('SET', ownKeys.tokenOf(stream), '7');
  for (let i = 1; i <= entries; i += 1) await link.command('XADD', stream, `${i}-0`, 'data', i);
  await link.command('XGROUP', 'CREATE', stream, G, '0');
}

async function read(group: string, consumer: string, count: number): Promise<void> {
  await link.command('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', stream, '>');
}

async function ack(group: string, ids: string[]): Promise<void> {
  await link.command('XACK', stream, group, ...ids);
}

function turn(carrier: string) {
  return handOver(
    { link, capabilities, token: 7, stateDir, carrier },
    [{ stream, type: 'event', giving: G, receiving: R }],
    async () => undefined,
  );
}

/** The ids a group still has to get done: pending that exist, and everything after its cursor. */
async function owed(group: typeof G): Promise<string[]> {
  const pending = (await allPending(link, stream, group)).map((entry) => entry.id);
  const alive = await existingIds(link, stream, pending);
  const groups = listOf(await link.command('XINFO', 'GROUPS', stream)).map(listOf);
  const mine = groups.find((fields) => fields[1] === group) ?? [];
  const cursor = textOf(mine[mine.indexOf('last-delivered-id') + 1]);
  const after = listOf(await link.command('XRANGE', stream, `(${cursor}`, '+')).map((entry) =>
    textOf(listOf(entry)[0]),
  );
  return [...new Set([...alive, ...after])].sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
}
