import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ContractViolation, createPublisher, type Publisher } from '../../src/bus/index.js';
import { RedisLink } from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, listOf, shippedContracts, textsIn, until } from './bus-fixture.js';

let redis: TestRedis;
let link: RedisLink;
let publisher: Publisher;

beforeAll(async () => {
  redis = await startRedis();
  link = await RedisLink.open(redis.address, 'orion-test-publisher');
  publisher = await publisherOf(10_000);
});
afterAll(async () => {
  link.close();
  await redis.stop();
});
beforeEach(async () => void (await redis.link.command('FLUSHALL')));

async function publisherOf(maxLength: number): Promise<Publisher> {
  return createPublisher({ link, contracts: await shippedContracts(), prefix: 'orion', maxLength });
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('publish', () => {
  test('appends one field `data` to the stream of the type and returns the entry id', async () => {
    const event = anEvent({ name: 'Grüße 🚀' });
    const id = await publisher.publish('event', event);
    expect(await redis.link.command('XRANGE', 'orion:events', '-', '+')).toEqual([
      [id, ['data', JSON.stringify(event)]],
    ]);
  });

  test('keeps what is JSON text as it stands, numbers beyond doubles included', async () => {
    const text = JSON.stringify(anEvent({ at: 'HERE' })).replace('"HERE"', '12345678901234567890');
    await publisher.publishText('event', ` ${text}\n`);
    expect(await textsIn(redis, 'orion:events')).toEqual([text]);
  });

  test('trims the stream to about the maximum length', async () => {
    const small = await publisherOf(10);
    for (let n = 0; n < 5; n += 1) {
      await small.publishBatch(
        'event',
        Array.from({ length: 100 }, () => anEvent()),
      );
    }
    // `~` trims whole nodes of 100 entries: more than the cap may stay, but never all 500.
    expect(await redis.link.command('XLEN', 'orion:events')).toBeLessThanOrEqual(110);
  });

  test('a message that breaks the contract is refused with every place, and nothing is written', async () => {
    const error = await thrownBy(
      publisher.publish('event', { ...anEvent(), severity: 'loud', version: '2.0' }),
    );
    expect(error).toBeInstanceOf(ContractViolation);
    expect(error).toMatchObject({ kind: 'validation', code: 'contract.violated', exitCode: 4 });
    const { violations } = error as ContractViolation; // checked just above
    expect(violations.map(({ pointer }) => pointer).sort()).toEqual(['/severity', '/version']);
    expect(await redis.link.command('EXISTS', 'orion:events')).toBe(0);
  });

  test.each(['nothing', '__proto__', 'constructor', '', 'events', 'x'.repeat(5_000)])(
    'the unknown type %.20s is an error of its own',
    async (type) => {
      const error = await thrownBy(publisher.publish(type, anEvent()));
      expect(error).toMatchObject({ code: 'contract.unknown' });
      expect(String(error).length).toBeLessThan(300);
      expect(await redis.link.command('DBSIZE')).toBe(0);
    },
  );

  const cycle: Record<string, unknown> = anEvent();
  cycle['data'] = cycle;
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', anEvent({ n: 1n })],
    ['a cycle', cycle],
  ])('%s is no JSON', async (_name, message) => {
    expect(await thrownBy(publisher.publish('event', message))).toMatchObject({
      code: 'message.not-json',
    });
  });

  test('checks what will be written, not what was given', async () => {
    // The Date is written as text, so it is text that the contract must be held against.
    await publisher.publish('event', { ...anEvent(), timestamp: new Date(0) });
    expect((await textsIn(redis, 'orion:events'))[0]).toContain('1970-01-01T00:00:00.000Z');
  });

  test('brackets in strings are no nesting; real nesting beyond any reader is refused', async () => {
    await publisher.publish('event', anEvent({ text: `${'['.repeat(5_000)}"\\"{` }));
    const text = JSON.stringify(anEvent({ at: 'HERE' })).replace(
      '"HERE"',
      '['.repeat(5_000) + ']'.repeat(5_000),
    );
    const error = await thrownBy(publisher.publishText('event', text));
    expect(error).toMatchObject({ code: 'contract.violated' });
  });
});

describe('publishBatch', () => {
  test('writes in order and returns the ids in order', async () => {
    const events = Array.from({ length: 50 }, (_, n) => anEvent({ n }));
    const ids = await publisher.publishBatch('event', events);
    const entries = listOf(await redis.link.command('XRANGE', 'orion:events', '-', '+'));
    expect(entries.map((entry) => listOf(entry)[0])).toEqual(ids);
    expect(await textsIn(redis, 'orion:events')).toEqual(
      events.map((event) => JSON.stringify(event)),
    );
    expect(await publisher.publishBatch('event', [])).toEqual([]);
  });

  test('one bad message keeps all back, and every violation names its message', async () => {
    const batch = [anEvent(), { ...anEvent(), severity: 'loud' }, anEvent(), undefined, 7];
    const error = await thrownBy(publisher.publishBatch('event', batch));
    expect(error).toBeInstanceOf(ContractViolation);
    const { violations } = error as ContractViolation; // checked just above
    expect([...new Set(violations.map(({ index }) => index))]).toEqual([1, 3, 4]);
    expect(violations[0]).toMatchObject({ index: 1, pointer: '/severity' });
    expect(await redis.link.command('EXISTS', 'orion:events')).toBe(0);
  });
});

describe('a Redis that takes no message', () => {
  test('memory full: its own error, nothing written, also in a batch; and it goes on afterwards', async () => {
    await publisher.publish('event', anEvent());
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    const attempts = [
      publisher.publish('event', anEvent()),
      publisher.publishBatch('event', [anEvent(), anEvent()]),
    ];
    for (const attempt of attempts) {
      const error = await thrownBy(attempt);
      expect(error).toMatchObject({ code: 'redis.out-of-memory', kind: 'prerequisite' });
    }
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
    await publisher.publish('event', anEvent());
    expect(await redis.link.command('XLEN', 'orion:events')).toBe(2);
  });

  test('memory that runs out in the middle of a batch keeps the whole batch back', async () => {
    const used = /used_memory:(\d+)/.exec(String(await redis.link.command('INFO', 'memory')))?.[1];
    await redis.link.command('CONFIG', 'SET', 'maxmemory', Number(used) + 500_000);
    const batch = Array.from({ length: 200 }, () => anEvent({ text: 'x'.repeat(20_000) }));
    const error = await thrownBy(publisher.publishBatch('event', batch));
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(error).toMatchObject({ code: 'redis.out-of-memory' });
    expect(await redis.link.command('EXISTS', 'orion:events')).toBe(0);
  });

  test('a key of another kind is refused in plain words', async () => {
    await redis.link.command('SET', 'orion:events', 'text');
    const error = await thrownBy(publisher.publish('event', anEvent()));
    expect(error).toMatchObject({ code: 'redis.write-refused' });
    expect(String(error)).toContain('WRONGTYPE');
  });

  test('a command renamed away: the payload, which the server quotes, is in no part of the error', async () => {
    const crippled = await startRedis(['--rename-command', 'XADD', '']);
    const other = await RedisLink.open(crippled.address, 'orion-test-publisher');
    try {
      const contracts = await shippedContracts();
      const mute = createPublisher({ link: other, contracts, prefix: 'orion', maxLength: 10 });
      const error = await thrownBy(mute.publish('event', anEvent({ pin: 'hunter2' })));
      expect(error).toMatchObject({ code: 'redis.write-refused' });
      expect(error).not.toHaveProperty('cause');
      expect(String(error)).toMatch(/unknown command 'xadd'$/);
    } finally {
      other.close();
      await crippled.stop();
    }
  });

  test('lost: says that the outcome is unknown, then fails without writing, then recovers by itself', async () => {
    const own = await startRedis();
    const other = await RedisLink.open(own.address, 'orion-test-publisher');
    try {
      const contracts = await shippedContracts();
      const hardy = createPublisher({ link: other, contracts, prefix: 'orion', maxLength: 100 });
      const first = await hardy.publish('event', anEvent());
      await own.kill();
      const lost = await thrownBy(hardy.publish('event', anEvent()));
      expect(lost).toMatchObject({ code: 'redis.unreachable' });
      expect(lost).toHaveProperty('hint', expect.stringContaining('not known'));
      const refused = await thrownBy(hardy.publish('event', anEvent({ late: true })));
      expect(refused).toHaveProperty('hint', 'Nothing was written.');
      await own.restart();
      let last = '';
      await until(async () => {
        last = await hardy.publish('event', anEvent()).catch(() => '');
        return last !== '';
      });
      const texts = await textsIn(own, 'orion:events');
      expect(texts.some((text) => text.includes('late'))).toBe(false);
      const ids = listOf(await own.link.command('XRANGE', 'orion:events', '-', '+'));
      expect(ids.map((entry) => listOf(entry)[0])).toEqual(expect.arrayContaining([first, last]));
    } finally {
      other.close();
      await own.stop();
    }
  });
});

test('a length at which every message would empty the stream is refused', async () => {
  for (const maxLength of [0, -1, 1.5, Number.NaN]) {
    await expect(publisherOf(maxLength)).rejects.toMatchObject({ code: 'streams.max-length' });
  }
});
