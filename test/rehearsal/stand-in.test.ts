import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { listOf, textOf } from '../../src/redis/index.js';
import { type LedgerLines, readLedger } from '../../src/rehearsal/ledger-file.js';
import type { ModuleRole } from '../../src/rehearsal/module-role.js';
import type { PublisherRole } from '../../src/rehearsal/stand-in-publisher.js';
import { anEvent, startBus } from '../bus/bus-fixture.js';
import { builtPackage } from '../support/built.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const EVENTS = 'orion:events';
const GROUP = 'orion-guardian-group';
const EVENT = JSON.stringify(anEvent());

let redis: TestRedis;
let running: Running[] = [];

interface Running {
  /** Ends the process and says by which signal it ended. */
  end(signal: NodeJS.Signals): Promise<string | undefined>;
}

beforeEach(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await endAll();
  await redis.stop();
});

describe('a stand-in module', () => {
  it('makes a missing group at the beginning of the stream and reads everything again', async () => {
    const old = await add(25);
    await startModule();
    await until(() => ledger().handled.length === 25);
    expect(ledger().handled.map(({ id }) => id)).toEqual(old);
    expect(ledger().handled[0]).toMatchObject({
      ...{ by: 'guardian', stream: EVENTS, group: GROUP, consumer: 'guardian-1' },
    });
  });

  it('reads only what is new: what it was given before it died stays pending', async () => {
    await makeGroup();
    const before = await add(3);
    await take('guardian-1');
    const after = await add(2);
    await startModule();
    await until(() => ledger().handled.length === 2);
    await until(async () => (await pending()).length === 3);
    expect(ledger().handled.map(({ id }) => id)).toEqual(after);
    expect(await pending()).toEqual(before);
  });

  it('dies at once on SIGTERM, with a batch of ten in hand', async () => {
    await makeGroup();
    const ids = await add(30);
    const module = await startModule({ handlingMs: 200 });
    await until(async () => (await pending()).length === 10);
    expect(await module.end('SIGTERM')).toBe('SIGTERM');
    const left = await pending();
    expect(left.length).toBeGreaterThan(0);
    expect(ids.slice(0, 10)).toEqual(expect.arrayContaining([...left]));
  });

  it('has in its ledger whatever it acknowledged, and one message more at most, after SIGKILL', async () => {
    await makeGroup();
    const ids = await add(500);
    const module = await startModule();
    await until(() => ledger().handled.length > 50);
    await module.end('SIGKILL');
    const left = new Set(await pending());
    const cursor = await delivered();
    const acknowledged = ids.slice(0, ids.indexOf(cursor) + 1).filter((id) => !left.has(id));
    const handled = ledger().handled.map(({ id }) => String(id));
    expect(handled.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(handled.length - acknowledged.length).toBeLessThanOrEqual(1);
  });

  it('acknowledges what it cannot handle', async () => {
    await makeGroup();
    await redis.link.command('XADD', EVENTS, '*', 'data', 'not JSON');
    await redis.link.command('XADD', EVENTS, '*', 'other', '{}');
    await startModule();
    await until(() => ledger().handled.length === 2);
    await until(async () => (await pending()).length === 0);
  });

  it('has a connection of its own for each stream it reads', async () => {
    const settings = 'ORION_BUS_GROUP=orion-memory-group\n';
    const reads = ['event', 'incident', 'decision'].map((type) => ({
      ...{ type, setting: 'ORION_BUS_GROUP' },
    }));
    await startModule({ name: 'memory', reads }, settings);
    await until(async () => (await blocked()).length === 3);
  });

  it('tries a failed read again and again when its group is gone, and makes it only at a start', async () => {
    await makeGroup();
    const module = await startModule();
    await until(async () => (await blocked()).length === 1);
    await redis.link.command('XGROUP', 'DESTROY', EVENTS, GROUP);
    await until(async () => (await logOf('guardian')).split('NOGROUP').length > 10);
    await module.end('SIGKILL');
    const ids = await add(5);
    await startModule();
    await until(() => ledger().handled.length === 5);
    expect(ledger().handled.map(({ id }) => id)).toEqual(ids);
  });

  it('with the library on the target, takes up what is pending and finishes what it has in hand', async () => {
    await makeGroup();
    const before = await add(3, EVENT);
    await take('guardian-1');
    const after = await add(2, EVENT);
    const module = await startModule({ clients: { [GROUP]: 'library' }, handlingMs: 30 });
    await until(() => ledger().handled.length > 0);
    expect(await module.end('SIGTERM')).toBeUndefined();
    expect(ledger().handled.map(({ id }) => id)).toEqual([...before, ...after]);
    expect(await pending()).toEqual([]);
  });

  it('over HTTP on the target, takes up what is pending, and dies at once on SIGTERM', async () => {
    const bus = await startBus(redis);
    await makeGroup();
    const ids = [...(await add(3, EVENT))];
    await take('guardian-1');
    ids.push(...(await add(20, EVENT)));
    const role = { clients: { [GROUP]: 'http' }, targetUrl: bus.url } as const;
    const module = await startModule({ ...role, handlingMs: 20 });
    await until(() => ledger().handled.length > 5);
    expect(await module.end('SIGTERM')).toBe('SIGTERM');
    // The bus lets go of its group when its subscriber has gone.
    await until(async () => (await blocked()).length === 0);
    expect((await pending()).length).toBeGreaterThan(0);
    await until(async () =>
      (await fetch(`${bus.url}/subscriptions`))
        .text()
        .then((text) => text === '{"subscriptions":[]}'),
    );
    await startModule(role);
    await until(async () => (await pending()).length === 0 && (await delivered()) === ids.at(-1));
    const handled = ledger().handled.map(({ id }) => String(id));
    expect(new Set(handled)).toEqual(new Set(ids));
    expect(handled.length - ids.length).toBeLessThanOrEqual(1);
    await bus.stop();
  });

  it('publishes in its turn, and writes down what', async () => {
    const publishes = [{ on: 'event', type: 'incident', every: 5 }] as const;
    await makeGroup();
    await add(20);
    await startModule({ publishes });
    await until(() => ledger().handled.length === 20);
    const incidents = await idsOf('orion:incidents');
    expect(incidents).toHaveLength(4);
    expect(ledger().published).toEqual(incidents.map((id) => ({ stream: 'orion:incidents', id })));
  });

  it('where it resumes, takes up its own pending first and then claims stale ones', async () => {
    await makeGroup();
    const own = await add(3);
    await take('guardian-1');
    const foreign = await add(3);
    await take('somebody-else');
    const fresh = await add(2);
    await startModule({ resumesOn: [GROUP], staleMs: 200 });
    await until(() => ledger().handled.length === 8);
    expect(
      ledger()
        .handled.slice(0, 3)
        .map(({ id }) => id),
    ).toEqual(own);
    expect(new Set(ledger().handled.map(({ id }) => id))).toEqual(
      new Set([...own, ...foreign, ...fresh]),
    );
    await until(async () => (await pending()).length === 0);
  });
});

describe('a stand-in publisher', () => {
  it('reaches its rate and writes down every entry it added', async () => {
    await startPublisher({ feeds: [{ type: 'event', rate: 400 }] });
    await until(async () => (await idsOf(EVENTS)).length >= 800);
    await endAll();
    const ids = await idsOf(EVENTS);
    const at = (id: string | undefined): number => Number(id?.split('-')[0]);
    const seconds = (at(ids.at(-1)) - at(ids[0])) / 1_000;
    // The last burst may have been added when the process was ended, but not written down.
    const written = ledger().published.map(({ id }) => String(id));
    expect(ids.slice(0, written.length)).toEqual(written);
    expect(ids.length / seconds).toBeGreaterThan(300);
    expect(ids.length / seconds).toBeLessThan(500);
  });

  it('draws the same content from the same seed', async () => {
    const feeds = [{ type: 'event', rate: 200 }] as const;
    await startPublisher({ feeds, prefix: 'a', seed: 'one' });
    await startPublisher({ feeds, prefix: 'b', seed: 'one' });
    await startPublisher({ feeds, prefix: 'c', seed: 'two' });
    await until(async () => (await eventIds('c')).length > 20);
    await until(async () => (await eventIds('b')).length > 20);
    const [a, b, c] = [await eventIds('a'), await eventIds('b'), await eventIds('c')];
    expect(a.slice(0, 20)).toEqual(b.slice(0, 20));
    expect(c.slice(0, 20)).not.toEqual(b.slice(0, 20));
  });
});

const ledger = (): LedgerLines => readLedger(join(redis.directory, 'ledger'));
const logOf = (name: string): Promise<string> =>
  readFile(join(redis.directory, `${name}.log`), 'utf8');

async function startModule(
  changes: Partial<ModuleRole> = {},
  settings = `ORION_BUS_GROUP=${GROUP}\n`,
): Promise<Running> {
  const role: ModuleRole = {
    ...{ name: 'guardian', redisUrl: redis.url, prefix: 'orion', maxLength: 10_000 },
    ...{ envFile: join(redis.directory, 'module.env'), ledger: join(redis.directory, 'ledger') },
    ...{ reads: [{ type: 'event', setting: 'ORION_BUS_GROUP' }], publishes: [] },
    ...{ handlingMs: 0, batch: 10, blockMs: 1_000, resumesOn: [], staleMs: 500, seed: 'test' },
    ...{ clients: {}, targetUrl: 'http://127.0.0.1:9' },
    ...changes,
  };
  await writeFile(role.envFile, settings);
  return start('module', role);
}

async function startPublisher(changes: Partial<PublisherRole>): Promise<Running> {
  const role: PublisherRole = {
    ...{ name: 'watcher', redisUrl: redis.url, prefix: 'orion', maxLength: 10_000 },
    ...{ feeds: [], ledger: join(redis.directory, 'ledger'), seed: 'test' },
    ...changes,
  };
  return start('publisher', role);
}

async function start(kind: string, role: ModuleRole | PublisherRole): Promise<Running> {
  const file = join(redis.directory, `${role.name}-${role.prefix}.json`);
  await mkdir(role.ledger, { recursive: true });
  await writeFile(file, JSON.stringify(role));
  const program = join(await builtPackage(), 'dist', 'rehearsal', 'processes', `${kind}.js`);
  const log = { file: join(redis.directory, `${role.name}.log`) };
  const process = execa('node', [program, file], { reject: false, stdout: log, stderr: log });
  const started: Running = {
    async end(signal) {
      process.kill(signal);
      return (await process).signal;
    },
  };
  running.push(started);
  return started;
}

async function endAll(): Promise<void> {
  await Promise.all(running.map((process) => process.end('SIGKILL')));
  running = [];
}

async function add(count: number, data = '{}'): Promise<readonly string[]> {
  const commands = Array.from({ length: count }, () => ['xadd', EVENTS, '*', 'data', data]);
  return (await redis.link.pipeline(commands)).map(textOf);
}

async function makeGroup(): Promise<void> {
  await redis.link.command('XGROUP', 'CREATE', EVENTS, GROUP, '0', 'MKSTREAM');
}

async function take(consumer: string): Promise<void> {
  await redis.link.command('XREADGROUP', 'GROUP', GROUP, consumer, 'STREAMS', EVENTS, '>');
}

async function pending(): Promise<readonly string[]> {
  const reply = await redis.link.command('XPENDING', EVENTS, GROUP, '-', '+', 1_000);
  return listOf(reply).map((item) => textOf(listOf(item)[0]));
}

async function delivered(): Promise<string> {
  const [group] = listOf(await redis.link.command('XINFO', 'GROUPS', EVENTS));
  return textOf(listOf(group)[listOf(group).indexOf('last-delivered-id') + 1]);
}

async function idsOf(stream: string): Promise<readonly string[]> {
  return listOf(await redis.link.command('XRANGE', stream, '-', '+')).map((entry) =>
    textOf(listOf(entry)[0]),
  );
}

async function eventIds(prefix: string): Promise<readonly string[]> {
  const entries = listOf(await redis.link.command('XRANGE', `${prefix}:events`, '-', '+'));
  return entries.map((entry) => JSON.parse(textOf(listOf(listOf(entry)[1])[1])).event_id);
}

async function blocked(): Promise<readonly string[]> {
  const clients = textOf(await redis.link.command('CLIENT', 'LIST')).split('\n');
  return clients.filter((line) => line.includes('cmd=xreadgroup') && line.includes('flags=b'));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(20);
}
