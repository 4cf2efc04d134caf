import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Journal, type JournalRecord } from '../../src/journal/index.js';
import { type JsonObject, systemClock } from '../../src/problems/index.js';
import { listOf, type Reply, streamOfType, textOf } from '../../src/redis/index.js';
import { Host, type ModuleAudit } from '../../src/rehearsal/index.js';
import { waitUntilNothingOwed } from '../../src/rehearsal/owed.js';
import { announcedByModule } from '../../src/runbooks/index.js';
import { until } from '../support/until.js';
import { Feeder } from './feeder.js';

/*
 * A host small enough to migrate on again and again: commander, whose two streams have group names
 * that follow no pattern, and memory, which reads three streams by one setting. Redis listens on a
 * port, where readers have addresses of their own; traffic comes from the test itself.
 */
export interface Yard {
  readonly host: Host;
  readonly packageRoot: string;
  readonly env: Readonly<Record<string, string>>;
  readonly feeder: Feeder;
  /** Changes the configuration; without a change it is as it was at the beginning. */
  configure(change?: (config: JsonObject) => JsonObject): Promise<void>;
  /** Starts a module and waits until it reads. */
  start(module: YardModule): Promise<void>;
  /**
   * Does some work while the tool's next call of a verb has taken effect and has not returned.
   * @returns what the tool came to
   */
  behind<T>(running: Promise<T>, verb: UnitVerb, work: () => Promise<unknown>): Promise<T>;
  /** Makes a verb say that it went well, and do nothing. */
  fail(verb: UnitVerb, fails: boolean): Promise<void>;
  /** Resolves when a module owes nothing at the moment. */
  quiet(module: YardModule): Promise<void>;
  /** What no refusal may change. Without traffic only: a message that comes changes it. */
  snapshot(): Promise<Snapshot>;
  /** Lets the modules finish what there is and holds it against the ledger, with what the journal announced. */
  settled(module: YardModule): Promise<ModuleAudit>;
  /** Resolves when the journal holds such a record. */
  recorded(type: string, step: string): Promise<void>;
  journal(): Promise<readonly JournalRecord[]>;
  end(): Promise<void>;
}

export type YardModule = 'commander' | 'memory';
type UnitVerb = 'start' | 'stop' | 'hold' | 'release' | 'status';
export type Snapshot = Readonly<Record<string, unknown>>;

export interface YardOptions {
  /** Which modules are configured, in the order of migration. */
  readonly modules?: readonly YardModule[];
  /** How long a handler takes, in milliseconds: long ones have more in hand when they are stopped. */
  readonly handlingMs?: number;
  /** The target bus's arguments after Node; else one that has the Go bus's endpoint and no moods. */
  readonly targetBus?: readonly string[];
}

/** @param packageRoot where the built package stands */
export async function openYard(packageRoot: string, options: YardOptions = {}): Promise<Yard> {
  // A path too long for a unix socket makes the host's Redis listen on a port.
  const temporary = await mkdtemp(join(tmpdir(), `orion-${'yard-'.repeat(16)}`));
  const goBus = fileURLToPath(new URL('../support/go-bus.mjs', import.meta.url));
  const host = await Host.open({
    packageRoot,
    temporary,
    path: process.env['PATH'] ?? '',
    clock: systemClock,
    signal: new AbortController().signal,
    rate: 1,
    seed: 'yard',
    history: 200,
    handlingMs: options.handlingMs ?? 1,
    targetBus: options.targetBus ?? [goBus, '{port}'],
  });
  // The host's own file, written as JSON.
  const shipped = JSON.parse(await readFile(host.paths.configFile, 'utf8')) as JsonObject;
  const plain = yardConfig(shipped, host.paths.units, options.modules ?? ['commander', 'memory']);
  const flag = (name: string): string => join(host.paths.units, name);
  const yard: Yard = {
    host,
    packageRoot,
    env: {
      ORION_BUS_CONFIG: host.paths.configFile,
      ORION_BUS_STATE_DIR: host.paths.stateDir,
      NO_COLOR: '1',
    },
    feeder: new Feeder(host.redis),
    configure: (change = (config) => config) =>
      writeFile(host.paths.configFile, JSON.stringify(change(plain))),
    async start(module) {
      await host.units.start(`orion-${module}`);
      const reads = host.modules.find(({ name }) => name === module)?.reads.length ?? 0;
      const reading = (line: string): boolean =>
        line.includes(`name=orion-${module} `) && line.includes('cmd=xreadgroup');
      await until(async () => {
        const clients = textOf(await host.redis.command('CLIENT', 'LIST')).split('\n');
        return clients.filter(reading).length === reads;
      });
    },
    async behind(running, verb, work) {
      await writeFile(flag(`${verb}.wait`), '');
      let over = false;
      const end = (): void => {
        over = true;
      };
      running.then(end, end);
      await until(() => over || existsSync(flag(`${verb}.reached`)));
      if (over) throw new Error(`it never came to ${verb}: ${JSON.stringify(await running)}`);
      try {
        await work();
      } finally {
        await rm(flag(`${verb}.wait`));
      }
      return running;
    },
    async fail(verb, fails) {
      if (fails) await writeFile(flag(`${verb}.fails`), '');
      else await rm(flag(`${verb}.fails`), { force: true });
    },
    quiet: (module) => nothingOwed(host, module),
    snapshot: () => snapshotOf(host),
    async settled(module) {
      yard.feeder.stop();
      await nothingOwed(host, module);
      const audits = await host.audit(announcedByModule(await yard.journal()));
      const found = audits.find((audit) => audit.module === module);
      if (found === undefined) throw new Error(`no audit of ${module}`);
      return found;
    },
    recorded: (type, step) =>
      until(async () =>
        (await yard.journal()).some((record) => record.type === type && record.step === step),
      ),
    journal: async () => (await Journal.read(host.paths.stateDir)).records,
    async end() {
      yard.feeder.stop();
      await host.end();
      await rm(temporary, { recursive: true, force: true });
    },
  };
  await yard.configure();
  await host.startTarget();
  return yard;
}

function yardConfig(
  shipped: JsonObject,
  handles: string,
  names: readonly YardModule[],
): JsonObject {
  const services = shipped['services'] as JsonObject;
  const modules = shipped['modules'] as JsonObject;
  const script = fileURLToPath(new URL('./behind-verb.sh', import.meta.url));
  const handled = ([verb, argv]: [string, unknown]): [string, unknown] =>
    Array.isArray(argv) ? [verb, ['sh', script, handles, verb, ...argv]] : [verb, argv];
  return {
    ...shipped,
    services: Object.fromEntries(Object.entries(services).map(handled)) as JsonObject,
    modules: Object.fromEntries(names.map((name) => [name, modules[name] ?? null])),
    publishers: {},
    soak: { phase1: '0s', module: '0s', burnIn: '0s' },
    // A module may take its time to start on a machine with much to do.
    handoff: { expectedPause: '100ms', readBlock: '1s', batch: 10, flowWait: '4s' },
  };
}

async function nothingOwed(host: Host, module: YardModule): Promise<void> {
  const reads = host.modules.find(({ name }) => name === module)?.reads ?? [];
  const groups = reads.map(({ type }) => ({
    stream: streamOfType('orion', type),
    group: host.groupOf(module, type),
  }));
  const { signal } = new AbortController();
  await waitUntilNothingOwed(host.redis, groups, { clock: systemClock, signal });
}

async function snapshotOf(host: Host): Promise<Snapshot> {
  const found: Record<string, unknown> = {};
  const keys = listOf(await host.redis.command('KEYS', '*'))
    .map(textOf)
    .sort();
  for (const key of keys) {
    if (key.startsWith('orion:orion-bus:') || key.startsWith('orion-bus:')) continue;
    found[key] = lasting(await host.redis.command('XINFO', 'STREAM', key, 'FULL', 'COUNT', 0));
  }
  for (const { name, service } of host.modules) {
    const file = host.paths.settingsFile(name);
    const text = await readFile(file, 'utf8').catch(() => null);
    const facts = text === null ? null : await stat(file);
    found[file] = { text, mode: facts?.mode, mtimeMs: facts?.mtimeMs };
    found[service] = { runs: host.units.active(service), held: host.units.held(service) };
  }
  return found;
}

/** Without the times at which consumers asked last: those change as long as a module waits. */
function lasting(reply: Reply): unknown {
  if (!Array.isArray(reply)) return reply;
  const parts = listOf(reply).map(lasting);
  const times = new Set(['seen-time', 'active-time']);
  return parts.filter((part, at) => !times.has(String(part)) && !times.has(String(parts[at - 1])));
}
