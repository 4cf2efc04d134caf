import { EventEmitter } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BusDaemonOptions, redisAddress, runBusDaemon } from '../../src/bus/index.js';
import { type ExitCode, systemClock } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, contractsDirectory, until } from './bus-fixture.js';
import { subscribeTo } from './sse-client.js';

let redis: TestRedis;
const daemons: Daemon[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) {
    daemon.signals.emit('SIGTERM');
    await daemon.ended.catch(() => undefined);
    expect(daemon.signals.eventNames(), 'listeners left').toEqual([]);
  }
});
afterAll(() => redis.stop());

interface Daemon {
  readonly signals: EventEmitter;
  readonly lines: string[];
  readonly ended: Promise<ExitCode>;
}

function start(overrides: Partial<BusDaemonOptions> = {}): Daemon {
  const lines: string[] = [];
  const signals = new EventEmitter();
  const options: BusDaemonOptions = {
    redis: redis.address,
    contractsDirectory,
    strictFormats: false,
    prefix: 'orion',
    maxLength: 10_000,
    host: '127.0.0.1',
    port: 0,
    token: null,
    logLevel: 'info',
    version: '1.2.3',
    ...overrides,
  };
  const runtime = { signals, log: (line: string) => void lines.push(line), clock: systemClock };
  const daemon = { signals, lines, ended: runBusDaemon(options, runtime) };
  daemon.ended.catch(() => undefined);
  daemons.push(daemon);
  return daemon;
}

/** Waits for a line of the log with this message; ends with the daemon's error when there is one. */
async function line(daemon: Daemon, message: string): Promise<Record<string, unknown>> {
  const find = (): string | undefined =>
    daemon.lines.find((text) => text.includes(`"message":"${message}`));
  let found: string | undefined;
  await Promise.race([
    until(() => {
      found = find();
      return found !== undefined;
    }),
    daemon.ended,
  ]);
  return JSON.parse(found ?? find() ?? '{}') as Record<string, unknown>; // a line is one object
}

test.each(['SIGTERM', 'SIGINT'])(
  'serves until %s, says where it listens, exits 0',
  async (signal) => {
    const daemon = start();
    const listening = await line(daemon, 'listening');
    expect(listening).toMatchObject({ level: 'info', prefix: 'orion', contracts: 13 });
    const url = String(listening['url']);
    expect(url).toBe(`http://127.0.0.1:${String(listening['port'])}`);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    daemon.signals.emit(signal);
    expect(await daemon.ended).toBe(0);
    expect(await line(daemon, 'stopped')).toMatchObject({ cut: 0 });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  },
);

test('a subscriber is told bye; what he leaves pending is said, with whom', async () => {
  const daemon = start({ stopDeadlineMs: 100 });
  const { url } = await line(daemon, 'listening');
  const client = await subscribeTo(
    `${String(url)}/messages/event?group=g&consumer=c&start=beginning`,
  );
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(anEvent());
  await fetch(`${String(url)}/messages/event`, { method: 'POST', headers, body });
  expect((await client.next())?.event).toBe('message');
  daemon.signals.emit('SIGTERM');
  expect((await client.next())?.event).toBe('bye');
  await client.closed;
  expect(await daemon.ended).toBe(0);
  expect(await line(daemon, 'left pending')).toMatchObject({
    level: 'warn',
    ...{ type: 'event', group: 'g', consumer: 'c', unacknowledged: 1 },
  });
  expect(await line(daemon, 'stopped')).toMatchObject({ cut: 0, pending: 1 });
});

test('a second signal ends a stop that waits for acknowledgements', async () => {
  const daemon = start({ stopDeadlineMs: 3_600_000 });
  const { url } = await line(daemon, 'listening');
  const client = await subscribeTo(
    `${String(url)}/messages/event?group=h&consumer=c&start=beginning`,
  );
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(anEvent());
  await fetch(`${String(url)}/messages/event`, { method: 'POST', headers, body });
  await client.next();
  daemon.signals.emit('SIGTERM');
  await line(daemon, 'stopping');
  daemon.signals.emit('SIGTERM');
  expect(await daemon.ended).toBe(130);
  client.vanish();
});

test('a contract taken away by a reload ends its subscriptions, and no message', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orion-contracts-'));
  await cp(contractsDirectory, directory, { recursive: true });
  const daemon = start({ contractsDirectory: directory, prefix: 'taken' });
  const { url } = await line(daemon, 'listening');
  const client = await subscribeTo(`${String(url)}/messages/event?group=g&consumer=c&start=tip`);
  await rm(join(directory, 'event.schema.json'));
  daemon.signals.emit('SIGHUP');
  await line(daemon, 'contracts reloaded');
  await redis.link.command('XADD', 'taken:events', '*', 'data', JSON.stringify(anEvent()));
  const bye = await client.next();
  expect(bye?.event).toBe('bye');
  expect(bye?.data).toContain('contract event');
  expect(await redis.link.command('EXISTS', 'taken:events:dead')).toBe(0);
  await rm(directory, { recursive: true });
});

test('a second signal ends a stop that waits, with 130', async () => {
  const daemon = start({ stopDeadlineMs: 3_600_000 });
  const { port } = await line(daemon, 'listening');
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    'POST /messages/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
  );
  await fetch(`http://127.0.0.1:${String(port)}/health`);
  daemon.signals.emit('SIGTERM');
  await line(daemon, 'stopping');
  daemon.signals.emit('SIGINT');
  expect(await daemon.ended).toBe(130);
  expect(await line(daemon, 'stopped')).toMatchObject({ cut: 1 });
});

test('without Redis it gives up with one error that names it, as a prerequisite', async () => {
  const daemon = start({ redis: redisAddress('127.0.0.1:1') });
  await expect(daemon.ended).rejects.toMatchObject({
    code: 'redis.unreachable',
    exitCode: 1,
    message: expect.stringContaining('127.0.0.1:1'),
  });
  expect(daemon.lines).toHaveLength(1);
});

test('a refused login is not waited for', async () => {
  await redis.link.command('CONFIG', 'SET', 'requirepass', 'hunter2');
  const daemon = start({ redis: { ...redis.address, password: () => 'hunter3' } });
  const error = await daemon.ended.catch((thrown: unknown) => thrown);
  await redis.link.command('CONFIG', 'SET', 'requirepass', '');
  expect(error).toMatchObject({ code: 'redis.refused', exitCode: 1 });
  expect(daemon.lines).toEqual([]);
  expect(String(error)).not.toContain('hunter');
});

test('a signal while it waits for Redis ends it at once', async () => {
  const daemon = start({ redis: redisAddress('127.0.0.1:1') });
  await line(daemon, 'waiting for redis');
  daemon.signals.emit('SIGTERM');
  expect(await daemon.ended).toBe(0);
});

test('it waits for a Redis that comes up late', async () => {
  const late = await startRedis();
  await late.kill();
  const daemon = start({ redis: late.address });
  await line(daemon, 'waiting for redis');
  await late.restart();
  await line(daemon, 'listening');
  daemon.signals.emit('SIGTERM');
  expect(await daemon.ended).toBe(0);
  await late.stop();
});

test('contracts that cannot be read, and a taken port, end the start and leave no connection', async () => {
  const broken = start({ contractsDirectory: join(contractsDirectory, 'nowhere') });
  await expect(broken.ended).rejects.toMatchObject({ kind: 'validation' });
  const { port } = await line(start(), 'listening');
  await expect(start({ port: Number(port) }).ended).rejects.toMatchObject({
    code: 'http.port-taken',
  });
  await until(async () => {
    const clients = String(await redis.link.command('CLIENT', 'LIST'));
    return clients.split('orion-bus-serve').length === 2;
  });
});

test('SIGHUP loads the contracts anew, all or none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orion-contracts-'));
  await cp(contractsDirectory, directory, { recursive: true });
  const daemon = start({ contractsDirectory: directory });
  const { url } = await line(daemon, 'listening');
  const post = async (type: string, body: object): Promise<number> => {
    const response = await fetch(`${String(url)}/messages/${type}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.status;
  };
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
  await writeFile(join(directory, 'greeting.schema.json'), JSON.stringify(schema));
  expect(await post('greeting', {})).toBe(404);
  daemon.signals.emit('SIGHUP');
  await line(daemon, 'contracts reloaded');
  expect(await post('greeting', {})).toBe(201);
  await writeFile(join(directory, 'broken.schema.json'), '{');
  daemon.signals.emit('SIGHUP');
  expect(await line(daemon, 'contracts not reloaded')).toMatchObject({
    problem: expect.stringContaining('broken.schema.json'),
  });
  expect(await post('event', anEvent())).toBe(201);
  await rm(directory, { recursive: true });
});
