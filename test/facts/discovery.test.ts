import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { discoverStreams } from '../../src/facts/index.js';
import { ownKeys, type RedisLink, streamOfType, typeOfStream } from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;
let link: RedisLink;

beforeAll(async () => {
  server = await startRedis();
  link = server.link;
});

afterAll(() => server.stop());

beforeEach(() => link.command('FLUSHALL'));

describe('discovery', () => {
  it('finds the streams of the prefix with their groups, in order, and nothing else', async () => {
    await stream('orion:incidents', 'b', 'a');
    await stream('orion:events');
    await stream('orion:approval_decisions', 'x');
    await stream('orion:events:dead', 'x');
    await stream(ownKeys.probe('orion', 'some-uuid'), 'x');
    await stream('orion:orion-bus:probes', 'x');
    await stream('other:events', 'x');
    await stream('events', 'x');
    await stream('orion:unknown', 'x');
    await link.command('SET', 'orion:texts', 'text');
    await link.command('SET', ownKeys.tokenOf(streamOfType('orion', 'event')), '7');
    expect(await discoverStreams(link, 'orion')).toEqual([
      { stream: 'orion:approval_decisions', type: 'approval_decision', groups: ['x'] },
      { stream: 'orion:events', type: 'event', groups: [] },
      { stream: 'orion:incidents', type: 'incident', groups: ['a', 'b'] },
    ]);
  });

  it.each(['or*on', 'or?on', 'or[io]n', 'or\\on', 'or^n', '[orion]'])(
    'takes the prefix %s literally',
    async (prefix) => {
      await stream(`${prefix}:events`, 'x');
      await stream('orion:events', 'y');
      await stream('orXon:events', 'y');
      expect(await discoverStreams(link, prefix)).toEqual([
        { stream: `${prefix}:events`, type: 'event', groups: ['x'] },
      ]);
    },
  );

  it('finds each one once among very many keys', async () => {
    await link.pipeline(
      Array.from({ length: 3_000 }, (_, i) => ['XADD', `orion:t${i}s`, '1-0', 'f', 'v']),
    );
    const found = await discoverStreams(link, 'orion');
    expect(new Set(found.map(({ type }) => type)).size).toBe(3_000);
    expect(found).toHaveLength(3_000);
  });

  it('passes over a stream that vanishes while it looks', async () => {
    await link.pipeline(
      Array.from({ length: 200 }, (_, i) => ['XADD', `orion:t${i}s`, '1-0', 'f', 'v']),
    );
    const looking = discoverStreams(link, 'orion');
    const second = await link.duplicate('remover');
    await second.command('FLUSHALL');
    second.close();
    expect((await looking).length).toBeLessThanOrEqual(200);
  });
});

describe('the key of a type', () => {
  it.each([
    ['event', 'orion:events'],
    ['approval_decision', 'orion:approval_decisions'],
    ['health', 'orion:healths'],
    ['news', 'orion:newss'],
  ])('%s is %s, and back', (type, key) => {
    expect(streamOfType('orion', type)).toBe(key);
    expect(typeOfStream('orion', key)).toBe(type);
  });

  it.each(['orion:s', 'orion:event', 'orion:orion-bus:leases', 'other:events', 'orions'])(
    '%s is of none',
    (key) => expect(typeOfStream('orion', key)).toBeNull(),
  );
});

async function stream(key: string, ...groups: readonly string[]): Promise<void> {
  await link.command('XADD', key, '1-0', 'f', 'v');
  for (const group of groups) await link.command('XGROUP', 'CREATE', key, group, '0');
}
