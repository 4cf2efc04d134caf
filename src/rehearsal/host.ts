import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { OrionError } from '../problems/index.js';
import {
  type EntryId,
  millisecondsOf,
  type RedisAddress,
  type RedisLink,
  streamOfType,
  ZERO_ID,
} from '../redis/index.js';
import { CAST, CAST_PUBLISHERS, CAST_TYPES, type CastModule } from './cast.js';
import { BATCH, buildHost, type HostOptions, type HostParts } from './host-build.js';
import { type HostPaths, SOURCE_SERVICE, TARGET_SERVICE, WATCH_SERVICE } from './host-config.js';
import { audit, type ModuleAudit, type Outage } from './ledger.js';
import { readLedger } from './ledger-file.js';
import { type GroupAt, owedBy, waitUntilNothingOwed } from './owed.js';
import { REDIS_SERVICE, untilRedisAnswers } from './private-redis.js';
import { signalGroup } from './process-identity.js';
import { StreamRecord } from './stream-record.js';
import type { Units } from './units.js';

/*
 * A host to migrate on, all of it in one throw-away directory: Redis, the modules and publishers as
 * units with their environment files and logs, the target bus, and an operator's configuration file.
 *
 * It is opened with everything defined and only Redis running; modules, traffic and the target bus
 * are started when the caller says so. It is closed by `end`, and by its keeper process when the
 * process that opened it goes away without that.
 */

const HEALTHY_MS = 15_000;
/** A message handled this long before Redis stops may still be on the way to its acknowledgement. */
const IN_FLIGHT_MS = 100;

export class Host {
  readonly paths: HostPaths;
  readonly units: Units;
  readonly address: RedisAddress;
  readonly redis: RedisLink;
  readonly targetUrl: string;
  readonly #parts: HostParts;
  readonly #options: HostOptions;
  readonly #record: StreamRecord;
  readonly #outages: Outage[] = [];

  private constructor(parts: HostParts) {
    this.paths = parts.paths;
    this.units = parts.units;
    this.address = parts.address;
    this.redis = parts.redis;
    this.targetUrl = parts.targetUrl;
    this.#parts = parts;
    this.#options = parts.options;
    this.#record = new StreamRecord(parts.redis, this.streams);
  }

  /**
   * @throws {OrionError} `rehearsal.redis` when there is no Redis server to start; nothing is left
   *   behind then
   */
  static async open(options: HostOptions): Promise<Host> {
    return new Host(await buildHost(options));
  }

  get modules(): readonly CastModule[] {
    return CAST;
  }

  get streams(): readonly string[] {
    return CAST_TYPES.map((type) => streamOfType(this.#parts.prefix, type));
  }

  /** The unit of the source bus, enabled as it would be on a host in use. */
  async startSource(): Promise<void> {
    this.units.enable(SOURCE_SERVICE);
    await this.units.start(SOURCE_SERVICE);
  }

  startWatch(): Promise<void> {
    return this.units.start(WATCH_SERVICE);
  }

  async startModules(): Promise<void> {
    for (const { service } of CAST) await this.units.start(service);
  }

  async startTraffic(): Promise<void> {
    for (const { service } of CAST_PUBLISHERS) await this.units.start(service);
  }

  async stopTraffic(): Promise<void> {
    for (const { service } of CAST_PUBLISHERS) await this.units.stop(service);
  }

  /**
   * Starts the target bus and waits until its health endpoint answers 200.
   * @throws {OrionError} `rehearsal.target` when it does not within 15 s
   */
  async startTarget(): Promise<void> {
    const { clock, signal } = this.#options;
    await this.units.start(TARGET_SERVICE);
    const deadline = clock.now() + HEALTHY_MS;
    while (!signal.aborted && !(await isHealthy(this.targetUrl))) {
      if (clock.now() > deadline || this.units.active(TARGET_SERVICE) === null) {
        const log = this.paths.log(TARGET_SERVICE);
        throw new OrionError({
          kind: 'prerequisite',
          code: 'rehearsal.target',
          message: `the target bus did not become healthy at ${this.targetUrl}/health: ${complaintIn(log)}`,
          hint: `Its log is ${log}.`,
        });
      }
      await clock.sleep(50, signal);
    }
  }

  /** The group a module's settings name for a contract type at this moment. */
  groupOf(module: string, type: string): string {
    const reads = CAST.find(({ name }) => name === module)?.reads;
    const read = reads?.find((candidate) => candidate.type === type);
    const settings = parseEnv(readFileSync(this.paths.settingsFile(module), 'utf8'));
    return settings[read?.setting ?? ''] ?? '';
  }

  /** Notes what was published since the last call, before trimming can take it. */
  collect(): Promise<void> {
    return this.#record.collect();
  }

  /**
   * Waits until no module owes anything, as long as something still moves.
   * @returns false when one still does; what it owes is in the audit
   */
  drain(): Promise<boolean> {
    const { clock, signal } = this.#options;
    const groups = CAST.flatMap((module) => this.#groupsOf(module));
    return waitUntilNothingOwed(this.redis, groups, { clock, signal });
  }

  /** How many messages every module has handled on each of its streams together, by module. */
  handledSoFar(): ReadonlyMap<string, number> {
    const counts = new Map(CAST.map(({ name }) => [name, 0]));
    for (const { by } of readLedger(this.paths.ledger).handled) {
      counts.set(by, (counts.get(by) ?? 0) + 1);
    }
    return counts;
  }

  /** Ids of what was published since the host was opened, by stream. */
  async published(): Promise<ReadonlyMap<string, ReadonlySet<EntryId>>> {
    await this.collect();
    const all = new Map([...this.#record.ids].map(([stream, ids]) => [stream, new Set(ids)]));
    for (const { stream, id } of readLedger(this.paths.ledger).published) all.get(stream)?.add(id);
    return all;
  }

  /**
   * How many messages a second were published, from the publishers' first one after `since`
   * (milliseconds since 1970) to their last one so far.
   */
  async rateSince(since: number): Promise<{ readonly publishers: number; readonly total: number }> {
    const types = new Set(CAST_PUBLISHERS.flatMap(({ feeds }) => feeds.map(({ type }) => type)));
    const fed = new Set<string>([...types].map((type) => streamOfType(this.#parts.prefix, type)));
    const entries = [...(await this.published())].flatMap(([stream, ids]) =>
      [...ids].map((id) => ({ fed: fed.has(stream), at: millisecondsOf(id) })),
    );
    const sent = entries.filter((entry) => entry.fed && entry.at >= since);
    const times = sent.map(({ at }) => at).sort((a, b) => a - b);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const seconds = Math.max(1, last - first) / 1_000;
    const during = entries.filter(({ at }) => at >= first && at <= last);
    return { publishers: times.length / seconds, total: during.length / seconds };
  }

  /** Holds everything published against everything handled; `announced` is by module. */
  async audit(announced: ReadonlyMap<string, number>): Promise<readonly ModuleAudit[]> {
    const modules = CAST.map(async (module) => ({
      module: module.name,
      announced: announced.get(module.name) ?? 0,
      streams: await Promise.all(
        this.#groupsOf(module).map(async (at) => ({
          stream: at.stream,
          base: this.#parts.base.get(at.stream) ?? ZERO_ID,
          owed: await owedBy(this.redis, at),
        })),
      ),
    }));
    return audit({
      modules: await Promise.all(modules),
      published: await this.published(),
      handled: readLedger(this.paths.ledger).handled,
      batch: BATCH,
      outages: this.#outages,
    });
  }

  /** Takes Redis away for this long; what is in hand then may be handled twice. */
  async restartRedis(awayMs: number): Promise<void> {
    const { clock } = this.#options;
    const fromMs = clock.now() - IN_FLIGHT_MS;
    await this.units.stop(REDIS_SERVICE);
    await clock.sleep(awayMs);
    await this.units.start(REDIS_SERVICE);
    await untilRedisAnswers(this.address, clock, join(this.paths.directory, 'redis', 'redis.log'));
    this.#outages.push({ fromMs, toMs: clock.now() });
  }

  /** Ends every process of the host; its directory is removed unless it is to be kept. */
  async end(options: { readonly keep?: boolean } = {}): Promise<void> {
    this.redis.close();
    await this.units.killAll();
    signalGroup(this.#parts.keeper, 'SIGKILL');
    if (options.keep !== true) await rm(this.paths.directory, { recursive: true, force: true });
  }

  #groupsOf(module: CastModule): readonly GroupAt[] {
    return module.reads.map(({ type }) => ({
      stream: streamOfType(this.#parts.prefix, type),
      group: this.groupOf(module.name, type),
    }));
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })).status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}

/** The line that most likely says why: the first of a crash names the error, the last one Node. */
function complaintIn(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
}
