import { cp, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from '../../src/redis/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench, SOURCE } from './bench.js';

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  bench = await openBench(cli);
});
afterEach(() => bench.close());

interface Fault {
  readonly code: number;
  /** A check that must fail, and words of its message. */
  readonly check: string;
  readonly message: string;
  readonly make: (bench: Bench) => Promise<unknown>;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'the target bus is down': {
    code: 1,
    check: 'target.health',
    message: 'is not healthy',
    make: async (at) => at.bus('down'),
  },
  'the target bus is unwell': {
    code: 1,
    check: 'target.health',
    message: 'it answered 503',
    make: async (at) => at.bus('broken'),
  },
  'streams may be evicted': {
    code: 1,
    check: 'redis.eviction',
    message: 'allkeys-lru may evict',
    make: async ({ redis: { link } }) => {
      await link.command('CONFIG', 'SET', 'maxmemory', '1gb');
      await link.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    },
  },
  'memory is full': {
    code: 2,
    check: 'roundtrip.probe',
    message: 'did not come back through the library',
    make: ({ redis: { link } }) => link.command('CONFIG', 'SET', 'maxmemory', '1'),
  },
  'the bus takes messages and writes none': {
    code: 2,
    check: 'roundtrip.probe',
    message: 'did not come back through the target bus',
    make: async (at) => at.bus('liar'),
  },
  'a group is missing': {
    code: 3,
    check: 'group.memory',
    message: 'no stream carries the source group of memory',
    make: ({ redis: { link } }) => link.command('XGROUP', 'DESTROY', 'orion:events', SOURCE.memory),
  },
  'a listed stream has no group': {
    code: 3,
    check: 'group.commander.decision',
    message: 'commander has no group',
    make: ({ redis: { link } }) =>
      link.command('XGROUP', 'DESTROY', 'orion:decisions', SOURCE.commander),
  },
  'the backlog is at the alert threshold': {
    code: 3,
    check: 'group.memory.event.backlog',
    message: 'is at or above 20',
    make: (at) => at.publish('event', 20),
  },
  'an entry is stuck': {
    code: 3,
    check: 'group.memory.event.stuck',
    message: 'has been in hand for',
    make: (at) => hold(at, 'memory-1'),
  },
  'an entry is parked': {
    code: 3,
    check: 'group.memory.event.parked',
    message: 'parked messages wait for an operator',
    make: (at) => hold(at, 'orion-bus-parked'),
  },
  'a service is down and messages wait': {
    code: 3,
    check: 'group.memory.event.stuck',
    message: 'but the service of memory is down',
    make: async (at) => {
      await at.service('memory', false);
      await at.publish('event', 1);
    },
  },
  'a schema file is broken': {
    code: 4,
    check: 'contracts.load',
    message: 'event.schema.json',
    make: async (at) => {
      const directory = join(at.directory, 'contracts');
      await cp(join(cli.root, 'contracts'), directory, { recursive: true, dereference: true });
      await writeFile(join(directory, 'event.schema.json'), '{"type": ');
      await at.configure({ contracts: directory });
    },
  },
  'a stream holds an invalid message': {
    code: 4,
    check: 'messages.event',
    message: '1 of the newest 4 messages break the contract',
    make: async ({ redis: { link } }) => {
      await link.command('XADD', 'orion:events', '*', 'data', '{"version":"1.0"}');
      await link.command('XGROUP', 'SETID', 'orion:events', SOURCE.memory, '$');
    },
  },
};

describe('validate', () => {
  it('ends with 0 where all is well', async () => {
    const { code, text, json } = await bench.both('validate');
    expect(text).toContain('Every check passed: ');
    expect(code).toBe(0);
    expect(Object.keys(json).sort(byName)).toEqual([
      'checks',
      'durationMs',
      'exitCode',
      'next',
      'ok',
      'v',
    ]);
    expect(json).toMatchObject({ v: 1, ok: true, exitCode: 0, next: [] });
    expect(new Set(json.checks.map((check: { group: string }) => check.group))).toEqual(
      new Set(['prerequisites', 'roundtrip', 'consumer-groups', 'validation']),
    );
    expect(json.checks.map((check: { status: string }) => check.status)).not.toContain('fail');
  });

  it.each(Object.entries(FAULTS))('%s', async (_, { code, check, message, make }) => {
    await make(bench);
    const { code: ended, text, json } = await bench.both('validate');
    const found = json.checks.find((each: { id: string }) => each.id === check);
    expect(found).toMatchObject({ status: 'fail' });
    expect(found.message).toContain(message);
    expect(flat(text)).toContain(`FAIL ${check}: `);
    expect(json).toMatchObject({ ok: false, exitCode: code });
    expect(ended).toBe(code);
  });

  it('shows all findings, and ends with the code of the first group that fails', async () => {
    const faults = ['the bus takes messages and writes none', 'an entry is stuck'];
    for (const name of faults) await FAULTS[name]?.make(bench);
    await FAULTS['a stream holds an invalid message']?.make(bench);
    const { code, text, json } = await bench.both('validate');
    expect(code).toBe(2);
    const failed = json.checks.filter((each: { status: string }) => each.status === 'fail');
    expect(failed.map((each: { id: string }) => each.id)).toEqual([
      'roundtrip.probe',
      'group.memory.event.stuck',
      'messages.event',
    ]);
    for (const { id } of failed) expect(text).toContain(id);
    expect(text).toContain('Message round trip (gives exit code 2)');
  });

  it('says that Redis is down, and what could not be looked at', async () => {
    await bench.redis.kill();
    const { code, text, json } = await bench.both('validate');
    expect(code).toBe(1);
    expect(json.checks).toMatchObject([
      { id: 'redis.ping', group: 'prerequisites', status: 'fail' },
      { id: 'target.health', group: 'prerequisites', status: 'pass' },
      { id: 'roundtrip.probe', status: 'skip' },
      { id: 'groups', status: 'skip' },
      { id: 'contracts', status: 'skip' },
    ]);
    expect(flat(text)).toContain('FAIL redis.ping: Redis at');
  });

  it('warns of a halt', async () => {
    await bench.redis.link.command('HSET', 'orion:orion-bus:state', 'halt.reason', 'by hand');
    const { code, json } = await bench.both('validate');
    expect(code).toBe(0);
    expect(json.checks).toContainEqual(
      expect.objectContaining({ id: 'migration.halt', status: 'warn' }),
    );
  });

  it('takes no wrong flag', async () => {
    expect(await bench.both('validate', '--wrong')).toMatchObject({ code: 64 });
    expect(await bench.both('validate', 'extra')).toMatchObject({ code: 64 });
  });

  it.each([
    ['all is well', null],
    ['the bus lies', 'the bus takes messages and writes none'],
    ['memory is full', 'memory is full'],
  ])('changes nothing and leaves no key behind when %s', async (_, fault) => {
    if (fault !== null) await FAULTS[fault]?.make(bench);
    await hold(bench, 'memory-1');
    const before = await bench.keys();
    await bench.both('validate');
    expect(await bench.keys()).toEqual(before);
  });

  it.each(['XREADGROUP', 'XACK', 'XPENDING', 'DEL'])(
    'killed before %s leaves only what expires by itself',
    async (command) => {
      const before = await bench.keys();
      const proxy = await holdBack(bench, command);
      const child = bench.start('validate', '--redis-url', proxy.url);
      await proxy.held;
      child.kill('SIGKILL');
      await child.ended;
      proxy.close();
      const after = [...(await bench.keys())].filter(([key, held]) => before.get(key) !== held);
      expect(after.map(([key]) => key)).toEqual([expect.stringContaining(':orion-bus:probe:')]);
      for (const [, held] of after) expect(Number(held.split(' ')[1])).toBeGreaterThan(0);
    },
  );
});

/** Stands before Redis and lets everything pass but one command on a probe, and what follows it. */
async function holdBack({ directory }: Bench, command: string) {
  const path = join(directory, 'proxy.sock');
  let tell: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = createServer((client) => {
    const redis = connect(join(directory, 'redis.sock'));
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1').toUpperCase();
      const own = text.includes(':ORION-BUS:PROBE:') && !text.includes('EVAL');
      if (own && text.includes(`\r\n${command}\r\n`)) {
        client.pause();
        tell();
      } else {
        redis.write(chunk);
      }
    });
    redis.on('data', (chunk) => client.write(chunk));
    for (const [end, other] of [[client, redis] as const, [redis, client] as const]) {
      end.on('error', () => undefined);
      end.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return { url: `unix://${path}`, held, close: () => void server.close() };
}

/** Delivers one entry to a consumer, as long ago as makes it stuck. */
async function hold({ redis: { link } }: Bench, consumer: string): Promise<void> {
  const [id] = [textOf((await firstEntry(link)) ?? '')];
  const claim = ['orion:events', SOURCE.memory, consumer, 0, id, 'IDLE', 90_000, 'FORCE', 'JUSTID'];
  await link.command('XCLAIM', ...claim);
}

async function firstEntry(link: Bench['redis']['link']): Promise<string> {
  const entries = await link.command('XRANGE', 'orion:events', '-', '+', 'COUNT', 1);
  return String(JSON.parse(JSON.stringify(entries))[0][0]);
}

const byName = (a: string, b: string): number => a.localeCompare(b);

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
