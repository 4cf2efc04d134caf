import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, JsonObject } from '../problems/index.js';
import { type EntryId, type RedisAddress, RedisLink } from '../redis/index.js';
import { startDetached } from '../services/index.js';
import { CAST, CAST_PUBLISHERS, type CastModule, leastShare } from './cast.js';
import { writeHistory } from './history.js';
import {
  type HostPaths,
  hostConfig,
  hostPaths,
  publisherSettings,
  SOURCE_SERVICE,
  sourceSettings,
  TARGET_SERVICE,
  WATCH_SERVICE,
} from './host-config.js';
import type { ModuleRole } from './module-role.js';
import { freePort, startPrivateRedis } from './private-redis.js';
import { identityOf, type ProcessIdentity, signalGroup } from './process-identity.js';
import { makeRepository } from './repository.js';
import type { PublisherRole } from './stand-in-publisher.js';
import { Units } from './units.js';

export interface HostOptions {
  /** Where the built package stands: `bin/`, `dist/`, `contracts/`. */
  readonly packageRoot: string;
  /** Where the throw-away directory is made, as `os.tmpdir()` says. */
  readonly temporary: string;
  /** The search path on which the Redis server is looked for. */
  readonly path: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Messages a second that the publishers send together. */
  readonly rate: number;
  readonly seed: string;
  readonly prefix?: string;
  readonly maxLength?: number;
  /** Events handled before the host was opened; a group started at 0 would repeat them. */
  readonly history?: number;
  /** How long a handler takes on average, in milliseconds; a quarter where nothing is said. */
  readonly handlingMs?: number;
  /** How long each soak lasts, such as `1s`. */
  readonly soak?: string;
  /** By side; where nothing is said, the target alone, if it is `serve`. */
  readonly resumesPending?: { readonly source: boolean; readonly target: boolean };
  /** The target bus's arguments after Node; `{package}`, `{port}` and `{config}` are filled in. */
  readonly targetBus?: readonly string[];
  /** Keys laid over the generated configuration, each whole. */
  readonly config?: JsonObject;
}

export interface HostParts {
  readonly options: HostOptions;
  readonly prefix: string;
  readonly paths: HostPaths;
  readonly units: Units;
  /** The process that ends the others when the one that opened the host is gone. */
  readonly keeper: ProcessIdentity;
  readonly address: RedisAddress;
  readonly redis: RedisLink;
  readonly targetUrl: string;
  /** By stream, the last entry of the history. */
  readonly base: ReadonlyMap<string, EntryId>;
}

/** What every consumer takes with one read, as both real buses do. */
export const BATCH = 10;

/** The criterion that a module behaves as before wants twenty messages; chance must not take half of them. */
const MESSAGES_IN_A_SOAK = 40;
const SHORTEST_SOAK_S = 3;

/** Long enough for the module with the least traffic, which is that of one stream alone. */
function soakFor(rate: number): string {
  const slowest = rate * leastShare();
  return `${Math.max(SHORTEST_SOAK_S, Math.ceil(MESSAGES_IN_A_SOAK / slowest))}s`;
}

/** Longer than a handler, so that no entry in hand is taken for a stale one. */
const STALE_MS = 500;
const WATCH = ['{package}/bin/run.js', 'watch', '--config', '{config}'];
/** What the unit of the source bus runs: the bus itself is a library inside the modules. */
const IDLE = ['--eval', 'setInterval(() => undefined, 2 ** 30)'];
const SERVE = [
  '{package}/bin/run.js',
  'serve',
  '--config',
  '{config}',
  '--http-port',
  '{port}',
].concat(['--min-idle', `${STALE_MS}ms`]);

/** Makes the directory, starts Redis, writes history and every file; nothing is left on failure. */
export async function buildHost(options: HostOptions): Promise<HostParts> {
  const paths = hostPaths(mkdtempSync(join(options.temporary, 'orion-rehearsal-')));
  for (const folder of ['etc', 'log', 'roles', 'units', 'ledger', 'redis', 'repository']) {
    mkdirSync(join(paths.directory, folder), { mode: 0o700 });
  }
  const units = new Units(paths.units, options.clock);
  const keeper = await startKeeper(paths, options);
  try {
    return await furnish(options, paths, units, keeper);
  } catch (error) {
    await units.killAll();
    signalGroup(keeper, 'SIGKILL');
    await rm(paths.directory, { recursive: true, force: true });
    throw error;
  }
}

async function furnish(
  options: HostOptions,
  paths: HostPaths,
  units: Units,
  keeper: ProcessIdentity,
): Promise<HostParts> {
  const { clock, path, seed, prefix = 'orion', maxLength = 10_000, history = 2_000 } = options;
  const directory = join(paths.directory, 'redis');
  const address = await startPrivateRedis({ directory, units, path, clock });
  const redis = await RedisLink.open(address, 'orion-rehearsal');
  const groups = CAST.flatMap(({ reads }) => reads.map(({ type, source }) => ({ type, source })));
  const base = await writeHistory(redis, { prefix, groups, events: history, seed, clock });
  const port = await freePort();
  const targetUrl = `http://127.0.0.1:${port}`;
  const parts: HostParts = {
    ...{ options, prefix, paths, units, keeper, address, redis, targetUrl, base },
  };
  const shared = { redisUrl: address.url, prefix, maxLength, ledger: paths.ledger, seed };
  for (const module of CAST) defineModule(module, shared, parts);
  for (const publisher of CAST_PUBLISHERS) definePublisher(publisher, shared, parts);
  defineProgram(TARGET_SERVICE, options.targetBus ?? SERVE, port, parts);
  defineProgram(SOURCE_SERVICE, IDLE, port, parts);
  defineProgram(WATCH_SERVICE, WATCH, port, parts);
  const config = hostConfig({
    ...{ paths, prefix, maxLength, targetUrl, redisUrl: address.url },
    unitCommand: [process.execPath, processFile(options, 'unit')],
    processFiles: existsSync('/proc/self/exe'),
    soak: options.soak ?? soakFor(options.rate),
    resumesPending: resumesOf(options),
    archives: await makeRepository(paths.repository),
    overrides: options.config ?? {},
  });
  // JSON is YAML too, and needs nobody to write it.
  writeFileSync(paths.configFile, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return parts;
}

type Shared = Pick<PublisherRole, 'redisUrl' | 'prefix' | 'maxLength' | 'ledger' | 'seed'>;

function defineModule(
  module: CastModule,
  shared: Shared,
  { options, paths, units, targetUrl }: HostParts,
): void {
  const resumes = resumesOf(options);
  const role: ModuleRole = {
    ...shared,
    name: module.name,
    envFile: paths.settingsFile(module.name),
    reads: module.reads.map(({ type, setting }) => ({ type, setting })),
    publishes: module.publishes,
    handlingMs: options.handlingMs ?? 0.25,
    batch: BATCH,
    blockMs: 1_000,
    resumesOn: module.reads.flatMap(({ source, target }) => [
      ...(resumes.source ? [source] : []),
      ...(resumes.target ? [target] : []),
    ]),
    staleMs: STALE_MS,
    // Any other target bus is one without subscriptions, which its modules do not read through.
    clients: options.targetBus === undefined ? clientsOf(module) : {},
    targetUrl,
  };
  writeFileSync(role.envFile, sourceSettings(module), { mode: 0o640 });
  writeFileSync(paths.role(module.name), JSON.stringify(role), { mode: 0o600 });
  defineStandIn('module', module, { options, paths, units });
}

/** The source reads only what is new; on this package's own bus whoever reads takes up what is pending. */
function resumesOf({ resumesPending, targetBus }: HostOptions): {
  readonly source: boolean;
  readonly target: boolean;
} {
  return resumesPending ?? { source: false, target: targetBus === undefined };
}

function clientsOf({ client, reads }: CastModule): ModuleRole['clients'] {
  return client === 'streams'
    ? {}
    : Object.fromEntries(reads.map(({ target }) => [target, client]));
}

function definePublisher(
  publisher: (typeof CAST_PUBLISHERS)[number],
  shared: Shared,
  { options, paths, units }: HostParts,
): void {
  const feeds = publisher.feeds.map(({ type, share }) => ({ type, rate: share * options.rate }));
  const role: PublisherRole = { ...shared, name: publisher.name, feeds };
  writeFileSync(paths.settingsFile(publisher.name), publisherSettings(publisher), { mode: 0o640 });
  writeFileSync(paths.role(publisher.name), JSON.stringify(role), { mode: 0o600 });
  defineStandIn('publisher', publisher, { options, paths, units });
}

function defineStandIn(
  kind: 'module' | 'publisher',
  { name, service }: { readonly name: string; readonly service: string },
  { options, paths, units }: Pick<HostParts, 'options' | 'paths' | 'units'>,
): void {
  units.define(service, {
    argv: [process.execPath, processFile(options, kind), paths.role(name)],
    cwd: paths.directory,
    env: {},
    log: paths.log(service),
  });
}

/** A unit that runs Node with these arguments, `{package}`, `{config}` and `{port}` filled in. */
function defineProgram(
  service: string,
  words: readonly string[],
  port: number,
  { options, paths, units }: HostParts,
): void {
  const filled = words.map((word) =>
    word
      .replace('{package}', options.packageRoot)
      .replace('{config}', paths.configFile)
      .replace('{port}', String(port)),
  );
  units.define(service, {
    argv: [process.execPath, ...filled],
    cwd: paths.directory,
    env: {},
    log: paths.log(service),
  });
}

async function startKeeper(paths: HostPaths, options: HostOptions): Promise<ProcessIdentity> {
  const self = identityOf(process.pid);
  const pid = await startDetached({
    argv: [
      ...[process.execPath, processFile(options, 'keeper'), paths.directory],
      ...[String(self.pid), self.start],
    ],
    cwd: paths.directory,
    env: {},
    log: join(paths.directory, 'log', 'keeper.log'),
  });
  return identityOf(pid);
}

function processFile({ packageRoot }: HostOptions, name: string): string {
  return join(packageRoot, 'dist', 'rehearsal', 'processes', `${name}.js`);
}
