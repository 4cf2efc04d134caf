import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JsonObject } from '../../src/problems/index.js';
import { listOf, type Reply, textOf } from '../../src/redis/index.js';
import { SAMPLES } from '../contracts/samples.js';
import type { BuiltCli, Ended, Started } from '../support/built-cli.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/** An operator's host for commands that only look: the tool, a Redis, a target bus, two modules. */
export interface Bench {
  readonly redis: TestRedis;
  /** Where its files lie; gone with it. */
  readonly directory: string;
  readonly stateDir: string;
  /** What the tool has to be told to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** What the target bus does from now on; `down` answers nothing at all. */
  bus(behaviour: BusBehaviour): void;
  /** Says whether a module's service runs. */
  service(module: ModuleName, up: boolean): Promise<void>;
  /** Points a module's settings at this group. */
  setting(module: ModuleName, group: string): Promise<void>;
  /** Lays keys over the configuration, each whole. */
  configure(overrides: JsonObject): Promise<void>;
  /** Adds valid messages of a type; returns their ids. */
  publish(type: string, count: number): Promise<readonly string[]>;
  /** Carries out a command line as text and as JSON, and expects one and the same code. */
  both(...args: string[]): Promise<Both>;
  /** Carries out a command line once, with `--json`; for what changes things. */
  once(...args: string[]): Promise<Omit<Both, 'text'>>;
  /** Carries out a command line as it stands. */
  ask(...args: string[]): Promise<Ended>;
  start(...args: string[]): Started;
  /** Every key with what it holds, to be held against a later one. */
  keys(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

export type ModuleName = 'memory' | 'commander';

/** `healthy` is the Go bus: one endpoint; `liar` takes every message and writes none. */
export type BusBehaviour = 'healthy' | 'liar' | 'broken' | 'down';

export interface Both {
  readonly code: number | null;
  readonly text: string;
  readonly said: string;
  // The document's shape is what the tests are about.
  // biome-ignore lint/suspicious/noExplicitAny: any member may be asked for
  readonly json: any;
}

export const SOURCE = { memory: 'orion-memory-group', commander: 'commander' } as const;
export const TARGET = { memory: 'orion-memory-group-go', commander: 'commander-go' } as const;

/** @param cli built once for many benches; what a bench writes lies beside its Redis and goes with it */
export async function openBench(cli: BuiltCli): Promise<Bench> {
  const [redis, bus] = await Promise.all([startRedis(), startBus()]);
  const file = (name: string): string => join(redis.directory, name);
  const env = { ORION_BUS_CONFIG: file('orion-bus.yaml'), ORION_BUS_STATE_DIR: file('state') };
  const bench: Bench = {
    redis,
    directory: redis.directory,
    stateDir: file('state'),
    env,
    bus: bus.behave,
    service: (module, up) =>
      up ? writeFile(file(`${module}.up`), '') : rm(file(`${module}.up`), { force: true }),
    setting: (module, group) => writeFile(file(`${module}.env`), `GROUP=${group}\n`),
    configure: (overrides) =>
      writeFile(env.ORION_BUS_CONFIG, JSON.stringify({ ...config(), ...overrides })),
    async publish(type, count) {
      const text = JSON.stringify(SAMPLES.find((sample) => sample.type === type)?.message);
      const ids: string[] = [];
      for (let at = 0; at < count; at += 1) {
        ids.push(textOf(await redis.link.command('XADD', `orion:${type}s`, '*', 'data', text)));
      }
      return ids;
    },
    async both(...args) {
      const [text, json] = [
        await cli.ask(args, { env }),
        await cli.ask([...args, '--json'], { env }),
      ];
      if (text.code !== json.code) throw new Error(`${text.code} in text, ${json.code} in JSON`);
      return { code: text.code, text: text.stdout, said: text.stderr, json: parsed(json) };
    },
    async once(...args) {
      const at = args.indexOf('--');
      const words = at === -1 ? args.length : at;
      const line = [...args.slice(0, words), '--json', ...args.slice(words)];
      const { code, stdout, stderr } = await cli.ask(line, { env });
      return { code, said: stderr, json: JSON.parse(stdout) };
    },
    ask: (...args) => cli.ask(args, { env }),
    start: (...args) => cli.start(args, { env }),
    keys: () => dumpOf(redis),
    async close() {
      bus.server.closeAllConnections();
      bus.server.close();
      await redis.stop();
    },
  };
  const config = (): JsonObject => ({
    redis: { url: redis.url },
    stateDir: bench.stateDir,
    services: {
      driver: 'command',
      start: ['false'],
      stop: ['false'],
      status: ['test', '-e', file('{service}.up')],
    },
    source: { name: 'python', group: 'orion-{module}-group', service: null, log: null },
    target: {
      name: 'go',
      group: 'orion-{module}-group-go',
      service: null,
      log: null,
      url: bus.url,
    },
    modules: {
      memory: moduleOf('memory', {}),
      commander: moduleOf('commander', {
        groups: { decision: { source: SOURCE.commander, target: TARGET.commander } },
        subscribes: ['decision'],
      }),
    },
    publishers: {},
    thresholds: { lag: { target: 5, alert: 20, sustained: '5m' } },
  });
  const moduleOf = (name: string, more: JsonObject): JsonObject => ({
    risk: 'low',
    service: name,
    log: null,
    settings: {
      file: file(`${name}.env`),
      format: 'env',
      key: 'GROUP',
      ...(name === 'commander' ? { type: 'decision' } : {}),
    },
    ...more,
  });
  await bench.configure({});
  for (const module of ['memory', 'commander'] as const) {
    await bench.service(module, true);
    await bench.setting(module, SOURCE[module]);
  }
  await bench.publish('event', 3);
  await bench.publish('decision', 3);
  await redis.link.command('XGROUP', 'CREATE', 'orion:events', SOURCE.memory, '$');
  await redis.link.command('XGROUP', 'CREATE', 'orion:decisions', SOURCE.commander, '$');
  return bench;
}

async function startBus(): Promise<{
  server: Server;
  url: string;
  behave: (behaviour: BusBehaviour) => void;
}> {
  let now: BusBehaviour = 'healthy';
  const server = createServer((request, response) => {
    const health = request.url === '/health';
    if (now === 'down') return void request.socket.destroy();
    if (now === 'broken') response.writeHead(503);
    else if (health) response.writeHead(200, { 'content-type': 'application/json' });
    else response.writeHead(now === 'liar' ? 201 : 404);
    response.end(health ? '{"status":"ok","service":"orion-bus-go","version":"1.0.0"}' : '{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  const behave = (behaviour: BusBehaviour): void => {
    now = behaviour;
  };
  return { server, url: `http://127.0.0.1:${port}`, behave };
}

async function dumpOf(redis: TestRedis): Promise<ReadonlyMap<string, string>> {
  const names = listOf(await redis.link.command('KEYS', '*')).map(textOf);
  const dump =
    "return redis.sha1hex(redis.call('DUMP', KEYS[1])) .. ' ' .. redis.call('PTTL', KEYS[1])";
  const found: [string, string][] = [];
  for (const name of names.sort()) {
    const held: Reply = await redis.link.command('EVAL', dump, 1, name);
    found.push([name, textOf(held)]);
  }
  return new Map(found);
}

function parsed({ stdout, stderr }: Ended): unknown {
  if (stderr !== '') throw new Error(`with --json it said: ${stderr}`);
  return JSON.parse(stdout);
}
