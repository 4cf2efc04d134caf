import type { Contracts } from '../../contracts/index.js';
import type { Sample } from '../../evidence/index.js';
import {
  countLines,
  discoverStreams,
  type LogPosition,
  logPosition,
  lookAtStream,
  redisTimeMs,
} from '../../facts/index.js';
import { OrionError } from '../../problems/index.js';
import { type Capabilities, type RedisLink, ZERO_ID } from '../../redis/index.js';
import { sampleGroup } from './sample-group.js';
import { sampleBus, sampleModule } from './sample-processes.js';
import { sampleStream } from './sample-stream.js';
import {
  type GroupMemory,
  NO_MEMORY,
  type SamplingContext,
  type SamplingMemory,
  type StreamMemory,
} from './sampling-context.js';

/** What a line of trouble looks like in Redis's own log: warnings are marked with `#`. */
const REDIS_TROUBLE = /^\d+:[A-Z] .*? # /;

const BEGINNING: StreamMemory = { lastId: ZERO_ID, entriesAdded: 0 };

/** Takes one sample after the other, each counting from where the last one ended. */
export class Sampler {
  readonly #context: SamplingContext;
  #memory: SamplingMemory;

  /** @param memory of an earlier sampler, to go on from there */
  constructor(context: SamplingContext, memory: SamplingMemory = NO_MEMORY) {
    this.#context = context;
    this.#memory = memory;
  }

  /** Where the next sample begins: plain data, to be kept. */
  get memory(): SamplingMemory {
    return this.#memory;
  }

  /** Always ends in a sample: what could not be looked at is null in it. */
  async take(): Promise<Sample> {
    const processes = await this.#lookAtProcesses();
    const redis = await this.#lookAtRedis().catch((error: unknown) => {
      if (error instanceof OrionError) return null;
      throw error;
    });
    const { logs, refused, ...figures } = processes;
    const before = this.#memory;
    this.#memory = {
      atMs: redis?.atMs ?? before.atMs,
      // What arrives while Redis cannot be asked is looked at when it can be.
      streams: redis?.memory.streams ?? before.streams,
      groups: redis?.memory.groups ?? before.groups,
      logs,
      refused: { ...before.refused, ...refused },
    };
    const atMs = redis?.atMs ?? this.#context.clock.now();
    return {
      atMs,
      clock: redis === null ? 'host' : 'redis',
      sinceMs: before.atMs === null ? null : Math.max(0, atMs - before.atMs),
      streams: redis?.streams ?? [],
      groups: redis?.groups ?? [],
      ...figures,
      validation: null,
    };
  }

  async #lookAtProcesses(): Promise<
    Pick<Sample, 'target' | 'source' | 'modules' | 'redisLogErrors'> &
      Pick<SamplingMemory, 'logs' | 'refused'>
  > {
    const context = this.#context;
    const { plan } = context;
    const before = this.#memory;
    const logs: Record<string, LogPosition> = {};
    const refused: Record<string, number> = {};
    const bus = async (side: 'source' | 'target') => {
      const taken = await sampleBus(context, plan[side], before.logs[side], before.refused[side]);
      logs[side] = taken.log;
      if (taken.refused !== null) refused[side] = taken.refused;
      return taken.sample;
    };
    const [target, source] = await Promise.all([bus('target'), bus('source')]);
    const modules: Sample['modules'][number][] = [];
    for (const module of plan.modules) {
      const key = `module ${module.name}`;
      const taken = await sampleModule(context, module, before.logs[key]);
      logs[key] = taken.log;
      modules.push(taken.sample);
    }
    const from =
      before.logs['redis'] ?? (await logPosition(plan.redis.log, '', context.clock.now()));
    const redisLog = await countLines(from, { trouble: REDIS_TROUBLE });
    logs['redis'] = redisLog.next;
    const redisLogErrors = redisLog.counts?.trouble ?? null;
    return { target, source, modules, redisLogErrors, logs, refused };
  }

  async #lookAtRedis(): Promise<
    Pick<Sample, 'atMs' | 'streams' | 'groups'> & {
      readonly memory: Pick<SamplingMemory, 'streams' | 'groups'>;
    }
  > {
    const { plan } = this.#context;
    const { link, capabilities } = await this.#context.redis();
    const contracts = await this.#context.contracts().catch(() => null);
    const atMs = await redisTimeMs(link);
    const streams: Sample['streams'][number][] = [];
    const groups: Sample['groups'][number][] = [];
    const memory = {
      streams: {} as Record<string, StreamMemory>,
      groups: {} as Record<string, GroupMemory>,
    };
    for (const { stream, type } of await discoverStreams(link, plan.streams.prefix)) {
      const taken = await this.#lookAtStream(link, capabilities, contracts, stream, type, atMs);
      streams.push(taken.stream);
      groups.push(...taken.groups);
      Object.assign(memory.groups, taken.memory);
      memory.streams[stream] = taken.place;
    }
    return { atMs, streams, groups, memory };
  }

  async #lookAtStream(
    link: RedisLink,
    capabilities: Capabilities,
    contracts: Contracts | null,
    stream: Parameters<typeof lookAtStream>[2],
    type: string,
    atMs: number,
  ): Promise<{
    readonly stream: Sample['streams'][number];
    readonly groups: readonly Sample['groups'][number][];
    readonly memory: Readonly<Record<string, GroupMemory>>;
    readonly place: StreamMemory;
  }> {
    const { plan } = this.#context;
    const before = this.#memory;
    const countCap = plan.thresholds.lag.alert + 1;
    const look = await lookAtStream(link, capabilities, stream, { countCap });
    const groups: Sample['groups'][number][] = [];
    const memory: Record<string, GroupMemory> = {};
    for (const group of look.groups) {
      const key = `${stream} ${group.name}`;
      const known = before.groups[key];
      const since =
        known === undefined || before.atMs === null
          ? null
          : { group: known, sinceMs: atMs - before.atMs };
      const taken = await sampleGroup(link, plan, look, type, group, since);
      groups.push(taken.sample);
      memory[key] = taken.memory;
    }
    const { lastGeneratedId: lastId, entriesAdded } = look;
    // A stream that is new since the last sample is new whole; before the first nothing is known.
    const start = before.atMs === null ? undefined : BEGINNING;
    const from = before.streams[stream] ?? start;
    return {
      stream: await sampleStream(link, contracts, look, type, from),
      groups,
      memory,
      place: { lastId, entriesAdded },
    };
  }
}
