import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus, EntryId } from '../../src/bus/index.js';
import { listOf } from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { startBus } from './bus-fixture.js';
import { eventOf, GROUP, openBus, pendingIn, quick, STREAM } from './subscriber-fixture.js';

/* The other side of the wire as the buses in production have it: redis-py, Debian's python3-redis. */

const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('../support/redis-py.py', import.meta.url));
const there = execaSync(PYTHON, ['-c', 'import redis'], { reject: false }).exitCode === 0;

let redis: TestRedis;
let bus: Bus;

beforeEach(async () => {
  redis = await startRedis();
  bus = await openBus(redis);
});
afterEach(async () => {
  await bus.close({ drainMs: 0 });
  await redis.stop();
});

/** Umlauts, another script, an emoji outside the basic plane, a combining mark, escapes and odd spacing. */
const TEXTS = [
  JSON.stringify(eventOf({ name: 'Küche – Σίσυφος – 温度 – 🛰️ – e\u0301' })),
  JSON.stringify(eventOf({ path: 'C:\\x\t"quoted"', line: '\u2028' })),
  JSON.stringify(eventOf({ n: 1 })).replace('"n":1', '"n": 12345678901234567890.10 '),
  JSON.stringify(eventOf({ escaped: 'X' })).replace('X', '\\u00e4\\ud83d\\ude80\\/'),
];

/** Starts the program; its lines come as they are printed, and the end of its input stops it. */
function python(...args: readonly string[]) {
  const socket = join(redis.directory, 'redis.sock');
  const child = execa(PYTHON, [PROGRAM, socket, ...args]);
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += String(chunk);
  });
  return {
    lines: () => printed.split('\n').slice(0, -1),
    /** Ids, each with the text of the message. */
    entries: () =>
      printed
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== 'ready')
        .map((line) => line.split(' '))
        .map(([id = '', hex = '']) => [id, Buffer.from(hex, 'hex').toString()] as const),
    async end(input = ''): Promise<void> {
      child.stdin.end(input);
      await child;
    },
  };
}

async function consumer(acks: 'yes' | 'no') {
  const program = python('consume', STREAM, GROUP, acks);
  await until(() => program.lines().includes('ready'));
  return program;
}

const cursor = async (): Promise<string> => {
  const [group] = listOf(await redis.link.command('XINFO', 'GROUPS', STREAM));
  const fields = listOf(group).map(String);
  return fields[fields.indexOf('last-delivered-id') + 1] ?? '';
};

describe.skipIf(!there)('with redis-py (skipped without python3-redis)', () => {
  test('what is published here is read there, byte for byte', async () => {
    const server = await startBus(redis);
    const there = await consumer('yes');
    for (const text of TEXTS) expect((await server.post('event', text)).status).toBe(201);
    await until(() => there.entries().length === TEXTS.length);
    await there.end();
    expect(there.entries().map(([, text]) => text)).toEqual(TEXTS);
    expect(await pendingIn(redis.link)).toBe(0);
    await server.stop();
  });

  test('what is published there is handled here, byte for byte, in the group made there', async () => {
    const seen: [EntryId, string][] = [];
    // It makes the group at 0 and is gone; ours goes on where it stands and makes none.
    await (await consumer('yes')).end();
    const producer = python('produce', STREAM);
    await producer.end(`${TEXTS.join('\n')}\n`);
    await bus.subscribe('event', { ...quick, start: 'tip' }, async (_event, { id, text }) => {
      seen.push([id, text]);
    });
    await until(async () => seen.length === TEXTS.length && (await pendingIn(redis.link)) === 0);
    expect(seen).toEqual(producer.entries());
    expect(seen.map(([, text]) => text)).toEqual(TEXTS);
  });

  test('a module half there and half here shares one group: each message once', async () => {
    const here: string[] = [];
    await bus.subscribe('event', { ...quick, credit: 1 }, async (_event, { id }) => {
      here.push(id);
    });
    const before = await cursor();
    const there = await consumer('yes');
    expect(await cursor()).toBe(before);
    const published: string[] = [];
    const both = (): boolean => here.length > 0 && there.entries().length > 0;
    for (let n = 0; n < 60 || !both(); n += 1)
      published.push(await bus.publish('event', eventOf({ n })));
    await until(() => here.length + there.entries().length === published.length);
    await until(async () => (await pendingIn(redis.link)) === 0);
    await there.end();
    const handled = [...here, ...there.entries().map(([id]) => id)];
    expect(new Set(handled)).toEqual(new Set(published));
    expect(handled).toHaveLength(published.length);
  });

  test('either acknowledges what the other was given', async () => {
    const server = await startBus(redis);
    const there = await consumer('no');
    const first = await bus.publish('event', eventOf({ n: 1 }));
    await until(() => there.entries().length === 1);
    await there.end();
    const answer = await fetch(`${server.url}/acks/event/${GROUP}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [first] }),
    });
    expect(await answer.json()).toEqual({ acknowledged: 1 });
    let given: EntryId | null = null;
    const subscription = await bus.subscribe('event', quick, async (_event, { id, signal }) => {
      given = id;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const second = await bus.publish('event', eventOf({ n: 2 }));
    await until(() => given === second);
    const ack = python('ack', STREAM, GROUP, second);
    await ack.end();
    expect(ack.lines()).toEqual(['1']);
    expect(await pendingIn(redis.link)).toBe(0);
    await subscription.close({ drainMs: 0 });
    await server.stop();
  });
});
