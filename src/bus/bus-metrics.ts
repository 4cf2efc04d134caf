import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DeadLetterProblem } from './delivery.js';
import type { SubscriptionLine } from './http-subscriptions.js';
import type { StreamFigures } from './stream-figures.js';
import { GROUP_GAUGES, STREAM_GAUGES } from './stream-gauges.js';
import { TrimmedTotal } from './trimmed-total.js';

/*
 * What the bus tells Prometheus. Where a figure means the same as one of redis_exporter it has its
 * name and labels, so that existing boards and alerts go on working. A figure that is unknown is
 * absent, and never 0; for the lag, on which alarms hang, `redis_stream_group_lag_known` says so.
 * Labels are contract types, streams and groups, all bounded; consumers are none, since they are not.
 */

export interface Reading {
  /** Null where Redis did not answer in time. */
  readonly streams: readonly StreamFigures[] | null;
  readonly database: number;
  readonly subscriptions: readonly SubscriptionLine[];
}

const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
];
const LOOP_RESOLUTION_MS = 10;

export class BusMetrics {
  readonly #registry: Registry;
  readonly #make: Makers;
  readonly #loop: IntervalHistogram;
  readonly #published: Histogram;
  readonly #publishFailures: Counter;
  readonly #delivered: Histogram;
  readonly #redelivered: Counter;
  readonly #acknowledged: Counter;
  readonly #contractErrors: Counter;
  readonly #deadLettered: Counter;
  readonly #ghosts: Counter;
  readonly #trimmed = new TrimmedTotal();
  readonly #setters = new Map<string, { readonly reset: () => void; readonly set: Setter }>();

  private constructor(registry: Registry, make: Makers, version: string) {
    this.#registry = registry;
    this.#make = make;
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.#loop.enable();
    make
      .gauge('orion_bus_info', 'The version of the bus; always 1', ['version'])
      .set({ version }, 1);
    const type = ['type'];
    this.#published = make.histogram(
      'orion_bus_publish_duration_seconds',
      'From a message read whole to its entry written',
    );
    this.#publishFailures = make.counter(
      'orion_bus_publish_failures_total',
      'Messages that Redis did not take or did not answer for',
      type,
    );
    this.#delivered = make.histogram(
      'orion_bus_delivery_duration_seconds',
      'From an entry added to its first sending to a subscriber, by the clock of Redis',
    );
    this.#redelivered = make.counter(
      'orion_bus_redelivered_total',
      'Messages sent to a subscriber again',
      type,
    );
    this.#acknowledged = make.counter(
      'orion_bus_acknowledged_total',
      'Entries acknowledged through the bus',
      type,
    );
    this.#contractErrors = make.counter(
      'orion_bus_contract_errors_total',
      'Messages that broke their contract, at publishing or in a stream',
      type,
    );
    this.#deadLettered = make.counter(
      'orion_bus_dead_lettered_total',
      'Entries moved to the dead letters by the bus',
      type,
    );
    this.#ghosts = make.counter(
      'orion_bus_ghosts_total',
      'Entries trimmed before they were done: lost messages',
      type,
    );
  }

  static async open(version: string): Promise<BusMetrics> {
    // Loaded here, so that a program that only publishes does not carry it.
    const { default: client } = await import('prom-client');
    const registry = new client.Registry();
    const common = { registers: [registry] };
    return new BusMetrics(
      registry,
      {
        counter: (name, help, labelNames = []) =>
          new client.Counter({ ...common, name, help, labelNames: [...labelNames] }),
        gauge: (name, help, labelNames = []) =>
          new client.Gauge({ ...common, name, help, labelNames: [...labelNames] }),
        histogram: (name, help) =>
          new client.Histogram({
            ...{ ...common, name, help, buckets: LATENCY_BUCKETS, labelNames: ['type'] },
          }),
      },
      version,
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  published(type: string, seconds: number): void {
    this.#published.observe({ type }, seconds);
  }

  publishFailed(type: string): void {
    this.#publishFailures.inc({ type });
  }

  contractBroken(type: string): void {
    this.#contractErrors.inc({ type });
  }

  delivered(type: string, seconds: number): void {
    this.#delivered.observe({ type }, Math.max(0, seconds));
  }

  redelivered(type: string): void {
    this.#redelivered.inc({ type });
  }

  acknowledged(type: string, count: number): void {
    this.#acknowledged.inc({ type }, count);
  }

  deadLettered(type: string, { contract }: DeadLetterProblem): void {
    this.#deadLettered.inc({ type });
    if (contract) this.contractBroken(type);
  }

  ghosts(type: string, count: number): void {
    this.#ghosts.inc({ type }, count);
  }

  /** Everything as text, with what was read just now. */
  async text({ streams, database, subscriptions }: Reading): Promise<string> {
    this.#set('redis_up', 'Whether Redis answered this scrape in time', [], [[streams ? 1 : 0]]);
    this.#tellProcess();
    this.#tellSubscriptions(subscriptions);
    this.#tellStreams(`db${database}`, streams ?? []);
    return this.#registry.metrics();
  }

  close(): void {
    this.#loop.disable();
    this.#registry.clear();
  }

  #tellProcess(): void {
    const { user, system } = process.cpuUsage();
    this.#set('process_cpu_seconds_total', 'CPU time used', [], [[(user + system) / 1e6]]);
    this.#set('process_resident_memory_bytes', 'RSS', [], [[process.memoryUsage.rss()]]);
    this.#set('process_uptime_seconds', 'Since the start', [], [[process.uptime()]]);
    // It measures from tick to tick, so without any delay it reads its own resolution.
    const delay = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1e3) || 0;
    this.#set(
      'orion_bus_event_loop_delay_seconds',
      'How late the event loop was since the last scrape',
      ['quantile'],
      [
        [delay(this.#loop.percentile(50)), '0.5'],
        [delay(this.#loop.percentile(99)), '0.99'],
        [delay(this.#loop.max), '1'],
      ],
    );
    this.#loop.reset();
  }

  #tellSubscriptions(lines: readonly SubscriptionLine[]): void {
    const types = [...new Set(lines.map(({ type }) => type))];
    const sum = (type: string, of: (line: SubscriptionLine) => number): number =>
      lines.filter((line) => line.type === type).reduce((total, line) => total + of(line), 0);
    this.#set(
      'orion_bus_subscriptions',
      'Subscribers connected',
      ['type'],
      types.map((type) => [sum(type, () => 1), type]),
    );
    this.#set(
      'orion_bus_subscriptions_unacknowledged',
      'Messages that subscribers hold',
      ['type'],
      types.map((type) => [sum(type, ({ unacknowledged }) => unacknowledged), type]),
    );
  }

  #tellStreams(db: string, streams: readonly StreamFigures[]): void {
    for (const [name, help, value] of STREAM_GAUGES) {
      const rows = streams.map((each): Row => [value(each), db, each.stream]);
      this.#set(name, help, ['db', 'stream'], rows);
    }
    for (const [name, help, value] of GROUP_GAUGES) {
      const rows = streams.flatMap(({ stream, groups }) =>
        groups.map((each): Row => [value(each), db, stream, each.group]),
      );
      this.#set(name, help, ['db', 'stream', 'group'], rows);
    }
    this.#set(
      'redis_stream_group_trimmed_unread_total',
      'Entries seen to be trimmed before the group had read them: lost messages',
      ['db', 'stream', 'group'],
      streams.flatMap(({ stream, groups }) =>
        groups.map((each): Row => {
          const total = this.#trimmed.note(stream, each.group, each.trimmedUnread);
          return [total, db, stream, each.group];
        }),
      ),
    );
  }

  /** Sets a metric to exactly these values: those of streams and groups that are gone go with them. */
  #set(name: string, help: string, labels: readonly string[], rows: readonly Row[]): void {
    const set = this.#setterOf(name, help, labels);
    for (const [value, ...values] of rows) {
      if (value === null) continue;
      set(Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ''])), value);
    }
  }

  /** What ends in `_total` is a counter that is kept elsewhere: by Redis, or by the kernel. */
  #setterOf(name: string, help: string, labels: readonly string[]): Setter {
    const known = this.#setters.get(name);
    if (known !== undefined) {
      known.reset();
      return known.set;
    }
    const counter = name.endsWith('_total') ? this.#make.counter(name, help, labels) : null;
    const gauge = counter === null ? this.#make.gauge(name, help, labels) : null;
    const set: Setter = (values, value) => {
      counter?.inc(values, value);
      gauge?.set(values, value);
    };
    this.#setters.set(name, { reset: () => (counter ?? gauge)?.reset(), set });
    return set;
  }
}

type Setter = (labels: Record<string, string>, value: number) => void;

interface Makers {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  histogram(name: string, help: string): Histogram;
}

/** A value, null where it is unknown, then those of the labels. */
type Row = readonly [number | null, ...string[]];
