import type { Contracts } from '../../contracts/index.js';
import type { LogPosition, Plan } from '../../facts/index.js';
import type { LossSample } from '../../handoff/index.js';
import type { Clock } from '../../problems/index.js';
import type { Capabilities, EntryId, RedisLink } from '../../redis/index.js';
import type { Services } from '../../services/index.js';

/** What samples are taken from. */
export interface SamplingContext {
  readonly plan: Plan;
  readonly services: Services;
  readonly contracts: () => Promise<Contracts>;
  readonly clock: Clock;
  /** Opened anew by every sample that finds it closed. @throws {OrionError} when it does not answer */
  readonly redis: () => Promise<{ readonly link: RedisLink; readonly capabilities: Capabilities }>;
}

/**
 * Where the last sample ended, so that the next one counts from there. It is plain data: a sampler
 * that runs once an hour keeps it in a file.
 */
export interface SamplingMemory {
  /** Of the last sample with Redis, by Redis's clock; null before the first. */
  readonly atMs: number | null;
  readonly streams: Readonly<Record<string, StreamMemory>>;
  /** By stream and group. */
  readonly groups: Readonly<Record<string, GroupMemory>>;
  /** By what they belong to. */
  readonly logs: Readonly<Record<string, LogPosition>>;
  /** By side: the publishes turned away, as the bus counted them last. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface StreamMemory {
  readonly lastId: EntryId;
  readonly entriesAdded: number | null;
}

export interface GroupMemory {
  /** Entries delivered and done; null where the server cannot tell. */
  readonly done: number | null;
  readonly loss: LossMemory;
}

/**
 * What a group lost since the base. Redis forgets it when the group reads on: then what was seen until
 * then is kept aside, and a new base is taken.
 */
export interface LossMemory {
  readonly base: LossSample;
  readonly keptAside: number;
  /** Since the base, at the last look. */
  readonly seen: number;
}

export const NO_MEMORY: SamplingMemory = {
  atMs: null,
  streams: {},
  groups: {},
  logs: {},
  refused: {},
};
