import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MigrationHistory } from '../../src/checks/index.js';
import { loadContracts } from '../../src/contracts/index.js';
import type { ModulePlan, Plan } from '../../src/facts/index.js';
import { guardStreams } from '../../src/journal/index.js';
import { type Finding, type JsonObject, systemClock } from '../../src/problems/index.js';
import {
  type Capabilities,
  fieldsOf,
  listOf,
  probeCapabilities,
  type RedisLink,
  type StreamKey,
  streamOfType,
  textOf,
} from '../../src/redis/index.js';
import { createServices, type Services } from '../../src/services/index.js';
import {
  type Action,
  type Satisfied,
  STEP_KINDS,
  type StepContext,
  type StepKind,
  type StepMemory,
} from '../../src/steps/index.js';
import type { TestRedis } from '../support/redis-server.js';

/*
 * A world for steps: one module, memory, whose group is `memory` on the source and `memory-go` on the
 * target, on streams of a prefix of its own in a real Redis; a settings file; and a service that is
 * active while a file is there.
 */

export const SOURCE = 'memory';
export const TARGET = 'memory-go';
export const TOKEN = 7;
export const NO_HISTORY: MigrationHistory = {
  modules: new Map(),
  phase1SinceMs: null,
  longestPauseMs: null,
  phases: {
    phase1: 'none',
    cutover: 'none',
    burnInSinceMs: null,
    finalize: 'none',
    goingBack: null,
  },
  halt: null,
  openRun: null,
  openPart: null,
};
export const NO_OPTIONS: StepContext['options'] = {
  start: false,
  missingGroup: null,
  acceptDuplicates: 0,
  overrides: new Map(),
};

let worlds = 0;

export class World {
  readonly server: TestRedis;
  readonly prefix: string;
  readonly directory: string;
  readonly capabilities: Capabilities;
  readonly services: Services;
  /** What steps wrote into the journal by themselves, in order. */
  readonly notes: { type: string; data: JsonObject }[] = [];
  readonly #readers: (() => Promise<void>)[] = [];
  /** Connections of readers that live and die with the service. */
  #connected = 0;

  private constructor(server: TestRedis, prefix: string, directory: string, known: Capabilities) {
    this.server = server;
    this.prefix = prefix;
    this.directory = directory;
    this.capabilities = known;
    const file = (name: string): string => join(directory, `{service}.${name}`);
    this.services = createServices(
      {
        driver: 'command',
        start: ['sh', '-c', `test ! -e ${file('broken')} && touch ${file('up')}`],
        stop: ['rm', '-f', file('up')],
        status: ['test', '-e', file('up')],
        hold: ['touch', file('held')],
        release: ['rm', '-f', file('held')],
        stopTimeoutMs: 2_000,
      },
      { clock: systemClock },
    );
  }

  /** The streams `event` and `incident` with both groups at 0, the module on the source and down. */
  static async on(server: TestRedis): Promise<World> {
    worlds += 1;
    const prefix = `world-${worlds}`;
    const directory = await mkdtemp(join(server.directory, `${prefix}-`));
    await mkdir(join(directory, 'state'));
    const known = await probeCapabilities(server.link, prefix);
    const world = new World(server, prefix, directory, known);
    await world.point(SOURCE);
    return world;
  }

  get redis(): RedisLink {
    return this.server.link;
  }

  get plan(): Plan {
    const bus = { service: null, resumesPending: false, log: null, url: null };
    return {
      streams: { prefix: this.prefix, maxLength: 10_000 },
      contracts: '',
      stateDir: join(this.directory, 'state'),
      source: { ...bus, name: 'python' },
      target: { ...bus, name: 'go', unit: null, build: null, tests: null },
      modules: [this.module],
      publishers: [],
      archive: null,
      thresholds: {
        lag: { target: 100, alert: 1_000, sustainedMs: 300_000 },
        memory: { targetBytes: 1, alertBytes: 2, sustainedMs: 300_000 },
        contractErrors: 0.01,
        errorIncrease: 0.5,
        health: { target: 1, alert: 0.99 },
        latencyP95Ms: 10,
      },
      soak: { phase1Ms: 0, moduleMs: 0, burnInMs: 0 },
      handoff: {
        probe: true,
        expectedPauseMs: 100,
        readBlockMs: 100,
        batch: 10,
        flowWaitMs: 200,
      },
      logs: { error: '\\b(?:ERROR|Traceback)\\b', critical: '\\bCRITICAL\\b' },
      redis: { log: null },
      watch: { everyMs: 100, keepMs: 86_400_000, graceMs: 100, metrics: null },
    };
  }

  get module(): ModulePlan {
    return {
      name: 'memory',
      risk: 'low',
      service: 'orion-memory',
      log: this.logFile,
      settings: [
        {
          file: this.settingsFile,
          format: 'env',
          key: 'BUS_GROUP',
          source: SOURCE,
          target: TARGET,
          type: null,
        },
      ],
      tests: null,
      subscribes: null,
      groups: { source: SOURCE, target: TARGET, byType: {} },
    };
  }

  get settingsFile(): string {
    return join(this.directory, 'memory.env');
  }

  get logFile(): string {
    return join(this.directory, 'memory.log');
  }

  stream(type = 'event'): StreamKey {
    return streamOfType(this.prefix, type);
  }

  // ---- the host

  /** Points the settings to a group, as an operator would by hand. */
  async point(group: string): Promise<void> {
    await writeFile(this.settingsFile, `# memory\nBUS_GROUP=${group}\n`);
  }

  async pointsTo(): Promise<string> {
    return /BUS_GROUP=(.*)/.exec(await readFile(this.settingsFile, 'utf8'))?.[1] ?? '';
  }

  /** Whether the service is `up`, `held` or `broken` (it cannot be started). */
  is(name: 'up' | 'held' | 'broken'): boolean {
    return existsSync(join(this.directory, `orion-memory.${name}`));
  }

  async make(name: 'up' | 'held' | 'broken', so = true): Promise<void> {
    const file = join(this.directory, `orion-memory.${name}`);
    if (so) await writeFile(file, '');
    else await rm(file, { force: true });
  }

  // ---- streams

  /** A stream with entries 1-0 to n-0 and groups at 0. */
  async fill(entries: number, { type = 'event', groups = [SOURCE] } = {}): Promise<void> {
    const stream = this.stream(type);
    for (const group of groups) {
      await this.redis.command('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
    }
    await this.add(1, entries, type);
  }

  async add(from: number, to: number, type = 'event'): Promise<void> {
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    await this.redis.pipeline(
      numbers.map((n) => ['XADD', this.stream(type), `${n}-0`, 'data', `{"n":${n}}`]),
    );
  }

  /** Reads as the buses do, and acknowledges all but the numbers named. */
  async handle(
    group: string,
    count: number,
    { pending = [] as number[], type = 'event', consumer = 'c' } = {},
  ): Promise<void> {
    const stream = this.stream(type);
    const reply = await this.redis.command(
      ...['XREADGROUP', 'GROUP', group, consumer],
      ...['COUNT', count, 'STREAMS', stream, '>'],
    );
    const [entries] = listOf(reply).map((row) => listOf(listOf(row)[1]));
    const ids = (entries ?? []).map((entry) => textOf(listOf(entry)[0]));
    const done = ids.filter((id) => !pending.includes(Number.parseInt(id, 10)));
    if (done.length > 0) await this.redis.command('XACK', stream, group, ...done);
  }

  /** Cursor and pending ids of a group; null where it does not exist. */
  async group(
    name: string,
    type = 'event',
  ): Promise<{ cursor: string; pending: readonly string[] } | null> {
    const stream = this.stream(type);
    const groups = listOf(await this.redis.command('XINFO', 'GROUPS', stream)).map(fieldsOf);
    const found = groups.find((fields) => fields.get('name') === name);
    if (found === undefined) return null;
    const rows = listOf(await this.redis.command('XPENDING', stream, name, '-', '+', 1_000));
    return {
      cursor: textOf(found.get('last-delivered-id')),
      pending: rows.map((row) => `${textOf(listOf(row)[0])} ${textOf(listOf(row)[1])}`),
    };
  }

  /** Everything that the group still gets when it is read, in order. */
  async owedByCursor(group: string, type = 'event'): Promise<readonly string[]> {
    const cursor = (await this.group(group, type))?.cursor ?? '0';
    const entries = await this.redis.command('XRANGE', this.stream(type), `(${cursor}`, '+');
    return listOf(entries).map((entry) => textOf(listOf(entry)[0]));
  }

  // ---- a module that reads

  /** Whether the module's process is there, or still there: its last read may outlast the signal. */
  get isConnected(): boolean {
    return this.#connected > 0;
  }

  /**
   * Reads with a group and acknowledges, as long as `while_` holds, until it is stopped; by default the
   * module itself: while its service is up, with the group its settings named at the start.
   */
  async reader(
    options: { group?: string; consumer?: string; type?: string; mute?: boolean } = {},
  ): Promise<() => Promise<void>> {
    const { group: fixed, consumer = 'memory-1', type = 'event', mute = false } = options;
    const runs = (): boolean => fixed !== undefined || this.is('up');
    let ended = false;
    const lives = async (): Promise<void> => {
      let link: RedisLink | null = null;
      let group = fixed ?? '';
      while (!ended) {
        if (!runs() || mute) {
          if (link !== null && fixed === undefined) this.#connected -= 1;
          link?.close();
          link = null;
          await systemClock.sleep(5);
          continue;
        }
        if (link === null) {
          if (fixed === undefined) this.#connected += 1;
          group = fixed ?? (await this.pointsTo());
          link = await this.redis.duplicate(consumer);
        }
        const stream = this.stream(type);
        const reply = await link
          .command(
            ...['XREADGROUP', 'GROUP', group, consumer, 'COUNT', '10'],
            ...['BLOCK', '50', 'STREAMS', stream, '>'],
          )
          .catch(() => null);
        for (const row of reply === null ? [] : listOf(reply)) {
          for (const entry of listOf(listOf(row)[1])) {
            await link.command('XACK', stream, group, textOf(listOf(entry)[0]));
          }
        }
      }
      link?.close();
    };
    const life = lives();
    const stop = async (): Promise<void> => {
      ended = true;
      await life;
    };
    this.#readers.push(stop);
    return stop;
  }

  // ---- steps

  context(more: Partial<StepContext> & { earlier?: Remembered; undoing?: Remembered } = {}) {
    const { earlier = {}, undoing = {}, ...rest } = more;
    const context: StepContext = {
      plan: this.plan,
      redis: this.redis,
      capabilities: this.capabilities,
      services: this.services,
      contracts: () => loadContracts({ directory: SHIPPED_CONTRACTS }),
      clock: systemClock,
      signal: new AbortController().signal,
      history: NO_HISTORY,
      run: {
        id: 'run-1',
        verb: 'migrate',
        token: TOKEN,
        earlier: memoryOf(earlier),
        undoing: memoryOf(undoing),
      },
      module: this.module,
      giving: 'source',
      receiving: 'target',
      options: NO_OPTIONS,
      handedOver: null,
      publishes: null,
      guard: (streams) => guardStreams(this.redis, TOKEN, streams),
      record: async (type, data) => void this.notes.push({ type, data }),
      ...rest,
    };
    return context;
  }

  /** The way back: a rollback, or the undo of a migration. */
  backContext(more: Parameters<World['context']>[0] = {}): StepContext {
    const context = this.context({ giving: 'target', receiving: 'source', ...more });
    return { ...context, run: { ...context.run, verb: 'rollback' } };
  }

  async end(): Promise<void> {
    for (const stop of this.#readers.splice(0)) await stop();
  }
}

const SHIPPED_CONTRACTS = fileURLToPath(new URL('../../contracts', import.meta.url));

export type Remembered = Readonly<Record<string, { intent?: JsonObject; result?: JsonObject }>>;

function memoryOf(steps: Remembered): StepMemory {
  return {
    intent: (id) => steps[id]?.intent ?? null,
    result: (id) => steps[id]?.result ?? null,
  };
}

export function kind(name: string): StepKind {
  const found = STEP_KINDS.get(name);
  if (found === undefined) throw new Error(`no step kind ${name}`);
  return found;
}

/** What one step did, as the engine drives it: plan, capture, satisfied, apply, verify. */
export interface Carried {
  readonly plan: readonly Action[];
  readonly intent: JsonObject;
  readonly satisfied: Satisfied;
  readonly result: JsonObject;
  readonly findings: readonly Finding[];
}

/** Carries a step out, also where it is satisfied: whoever cares looks at that. */
export async function carry(name: string, context: StepContext): Promise<Carried> {
  const step = kind(name);
  const plan = await step.plan(context, {});
  const intent = await step.capture(context, {});
  const satisfied = await step.satisfied(context, {}, intent);
  const result = await step.apply(context, {}, intent, () => undefined);
  return {
    plan,
    intent,
    satisfied,
    result,
    findings: await step.verify(context, {}, intent, result),
  };
}
