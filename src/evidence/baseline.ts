import type { GroupSample, Sample } from './sample.js';

/*
 * The figures of the source bus before anything moves; what comes later is held against them. Null
 * always means that it could not be known, which makes the comparison inconclusive.
 */

export interface Baseline {
  readonly v: 1;
  /** ISO 8601 by the clock of the samples, at the last of them. */
  readonly capturedAt: string;
  /** How much time the samples cover, in ms. */
  readonly durationMs: number;
  readonly samples: number;
  /** Of the source bus's own process, the highest; null where it has none. */
  readonly memoryBytes: number | null;
  /** From the message's own timestamp to its entry. */
  readonly publishP95Ms: number | null;
  /** From delivery to acknowledgement: an estimate (see `handlingMs` of a sample). */
  readonly subscribeP95Ms: number | null;
  /** Lines of errors a minute. */
  readonly errorsPerMinute: Readonly<Record<string, number | null>>;
  readonly lag: readonly BaselineLag[];
  /** Messages a minute added to each stream, and of those checked, published by each `source`. */
  readonly messagesPerMinute: Readonly<Record<string, number | null>>;
  readonly bySourcePerMinute: Readonly<Record<string, number>>;
  /** Messages a minute delivered to each module, over its groups of the source. */
  readonly handledPerMinute: Readonly<Record<string, number | null>>;
}

export interface BaselineLag {
  readonly stream: string;
  readonly group: string;
  readonly module: string | null;
  /** Null where the lag was never known. */
  readonly average: number | null;
  readonly worst: number | null;
}

/**
 * The baseline that samples show; null where they cover no time at all. The first one only begins the
 * period: what it counts happened before.
 */
export function baselineOf(samples: readonly Sample[]): Baseline | null {
  const [first, ...rest] = samples;
  const last = rest.at(-1);
  const covering = rest.filter(({ sinceMs }) => sinceMs !== null);
  const durationMs = sum(covering.map(({ sinceMs }) => sinceMs ?? 0));
  if (first === undefined || last === undefined || durationMs <= 0) return null;
  const perMinute = (count: number): number => (count * 60_000) / durationMs;
  const modules = last.modules.map(({ module }) => module);
  return {
    v: 1,
    capturedAt: new Date(last.atMs).toISOString(),
    durationMs,
    samples: covering.length,
    memoryBytes: highest(samples.map(({ source }) => source.rssBytes)),
    publishP95Ms: weightedP95(
      covering.flatMap(({ streams }) =>
        streams.map(({ publishP95Ms, checked }) => ({ value: publishP95Ms, weight: checked })),
      ),
    ),
    subscribeP95Ms: weightedP95(
      covering.flatMap(({ groups }) =>
        groups.map(({ handlingMs }) => ({ value: handlingMs, weight: 1 })),
      ),
    ),
    errorsPerMinute: record(modules, (module) => {
      const total = sumOrNull(covering.map((sample) => errorsOf(sample, module)));
      return total === null ? null : perMinute(total);
    }),
    lag: last.groups.map((group) => lagOf(group, covering)),
    messagesPerMinute: record(
      last.streams.map(({ stream }) => stream),
      (stream) => {
        const grown = growth(
          covering.map((sample) => added(sample, stream)),
          added(first, stream),
        );
        return grown === null ? null : perMinute(grown);
      },
    ),
    bySourcePerMinute: bySource(covering, perMinute),
    handledPerMinute: record(modules, (module) => {
      const grown = sumOrNull(
        last.groups
          .filter((group) => group.module === module && group.side !== 'target')
          .map((group) =>
            growth(
              covering.map((s) => read(s, group)),
              read(first, group),
            ),
          ),
      );
      return grown === null ? null : perMinute(grown);
    }),
  };
}

function errorsOf({ modules }: Sample, name: string): number | null {
  return modules.find(({ module }) => module === name)?.errors ?? null;
}

function added({ streams }: Sample, name: string): number | null {
  return streams.find(({ stream }) => stream === name)?.entriesAdded ?? null;
}

function read({ groups }: Sample, { stream, group }: GroupSample): number | null {
  return groups.find((g) => g.stream === stream && g.group === group)?.entriesRead ?? null;
}

function lagOf({ stream, group, module }: GroupSample, samples: readonly Sample[]): BaselineLag {
  const lags = samples.flatMap(({ groups }) => {
    const lag = groups.find((g) => g.stream === stream && g.group === group)?.lag;
    return typeof lag === 'number' ? [lag] : [];
  });
  const average = lags.length === 0 ? null : sum(lags) / lags.length;
  return { stream, group, module, average, worst: highest(lags) };
}

function bySource(
  samples: readonly Sample[],
  perMinute: (count: number) => number,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const stream of samples.flatMap(({ streams }) => streams)) {
    for (const [source, count] of Object.entries(stream.bySource)) {
      counts.set(source, (counts.get(source) ?? 0) + count);
    }
  }
  return Object.fromEntries([...counts].map(([source, count]) => [source, perMinute(count)]));
}

/** What a counter grew by from `start` on; null where it was ever unknown, or began anew. */
function growth(readings: readonly (number | null)[], start: number | null): number | null {
  let before = start;
  for (const reading of readings) {
    if (before === null || reading === null || reading < before) return null;
    before = reading;
  }
  return before === null || start === null ? null : before - start;
}

/**
 * The 95th percentile over samples that each know their own: 95 % of the weight lies in samples at or
 * below it. An estimate, since the values within a sample are gone.
 */
function weightedP95(
  parts: readonly { readonly value: number | null; readonly weight: number }[],
): number | null {
  const known = parts
    .flatMap(({ value, weight }) => (value === null || weight <= 0 ? [] : [{ value, weight }]))
    .sort((a, b) => a.value - b.value);
  const enough = sum(known.map(({ weight }) => weight)) * 0.95;
  let seen = 0;
  for (const { value, weight } of known) {
    seen += weight;
    if (seen >= enough) return value;
  }
  return null;
}

function record<Value>(
  names: readonly string[],
  figureOf: (name: string) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(names.map((name) => [name, figureOf(name)]));
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null) || values.length === 0
    ? null
    : sum(values.map((value) => value ?? 0));
}
