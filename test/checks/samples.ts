import type { BusSample, GroupSample, ModuleSample, Sample } from '../../src/evidence/index.js';
import type { Thresholds } from '../../src/facts/index.js';

/*
 * Samples for verdicts: a target bus that runs well and one module, memory, that reads one stream on
 * the target and has nothing left to do. Each case changes what it is about.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** The interval of the samples, in ms. */
export const EVERY = 10_000;
const MB = 2 ** 20;

/** The defaults of the configuration. */
export const THRESHOLDS: Thresholds = {
  lag: { target: 100, alert: 1_000, sustainedMs: 5 * MINUTE },
  memory: { targetBytes: 100 * MB, alertBytes: 150 * MB, sustainedMs: 5 * MINUTE },
  contractErrors: 0.01,
  errorIncrease: 0.5,
  health: { target: 1, alert: 0.99 },
  latencyP95Ms: 10,
};

const BUS: BusSample = {
  service: 'active',
  healthy: true,
  healthMs: 2,
  pid: 1,
  rssBytes: 30 * MB,
  refused: 0,
  contractLogErrors: 0,
};

const GROUP: GroupSample = {
  stream: 'orion:events',
  group: 'memory-go',
  module: 'memory',
  side: 'target',
  cursor: '1-0',
  lag: 0,
  lagAtLeast: 0,
  pending: 0,
  parked: 0,
  entriesRead: 0,
  consumers: 1,
  oldestPendingMs: null,
  oldestUndeliveredMs: null,
  handlingMs: null,
  headroomEntries: null,
  lost: 0,
};

const MODULE: ModuleSample = {
  module: 'memory',
  service: 'active',
  pid: 2,
  settings: 'target',
  errors: 0,
  critical: 0,
};

const SAMPLE: Sample = {
  atMs: 0,
  clock: 'redis',
  sinceMs: EVERY,
  target: BUS,
  source: { ...BUS, service: 'inactive', healthy: null, pid: null, rssBytes: null },
  streams: [
    {
      stream: 'orion:events',
      length: 0,
      entriesAdded: 0,
      checked: 0,
      unchecked: 0,
      violations: 0,
      bySource: {},
      publishP95Ms: null,
    },
  ],
  groups: [GROUP],
  modules: [MODULE],
  redisLogErrors: 0,
  validation: null,
};

/** What differs in a sample; the parts of bus, group, module and stream are merged in. */
export interface Changes extends Partial<Omit<Sample, 'target'>> {
  readonly target?: Partial<BusSample>;
  readonly group?: Partial<GroupSample>;
  readonly module?: Partial<ModuleSample>;
  readonly stream?: Partial<Sample['streams'][number]>;
}

export function sampleAt(atMs: number, changes: Changes = {}): Sample {
  const { target, group, module, stream, ...rest } = changes;
  return {
    ...SAMPLE,
    atMs,
    target: { ...BUS, ...target },
    groups: [{ ...GROUP, ...group }],
    modules: [{ ...MODULE, ...module }],
    streams: SAMPLE.streams.map((each) => ({ ...each, ...stream })),
    ...rest,
  };
}

/** Samples every ten seconds in [fromMs, toMs]. */
export function samples(
  fromMs: number,
  toMs: number,
  changes: Changes | ((atMs: number) => Changes) = {},
): readonly Sample[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / EVERY) + 1 }, (_, at) => {
    const atMs = fromMs + at * EVERY;
    return sampleAt(atMs, typeof changes === 'function' ? changes(atMs) : changes);
  });
}
