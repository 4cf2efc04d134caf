import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gauge, Registry } from 'prom-client';
import type { GroupSample, Sample, StreamSample } from '../evidence/index.js';
import type { Round } from './watcher.js';

/**
 * The newest round as figures for Prometheus. Names are those of redis_exporter where they mean the
 * same; what is unknown is absent, never 0.
 */
export class WatchMetrics {
  readonly #registry: Registry;
  readonly #make: MakeGauge;
  readonly #gauges = new Map<string, Gauge>();

  private constructor(registry: Registry, make: MakeGauge) {
    this.#registry = registry;
    this.#make = make;
  }

  static async open(): Promise<WatchMetrics> {
    // Loaded here, so that no other command carries it.
    const { default: client } = await import('prom-client');
    const registry = new client.Registry();
    return new WatchMetrics(
      registry,
      (name, help, labelNames) =>
        new client.Gauge({ name, help, labelNames: [...labelNames], registers: [registry] }),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  tell({ sample, emergency, shared, drift }: Round): void {
    const one = (name: string, help: string, value: number | null): void =>
      this.#set(name, help, [], [[value]]);
    one('redis_up', 'Whether Redis answered the newest sample', sample.clock === 'redis' ? 1 : 0);
    one('orion_watch_sample_timestamp_seconds', 'When it was taken', sample.atMs / 1_000);
    one('orion_watch_redis_log_errors', 'Since the sample before', sample.redisLogErrors);
    one('orion_watch_halted', 'Whether a halt is in force', shared && (shared.halt ? 1 : 0));
    const dueAt = shared?.announced?.begunAt === null ? shared.announced.dueAt : null;
    one(
      'orion_watch_rollback_due_timestamp_seconds',
      'When an announced rollback is carried out; absent where none is announced',
      dueAt === null ? null : Date.parse(dueAt) / 1_000,
    );
    one('orion_watch_drifting_groups', 'Groups that are not kept warm any more', drift.length);
    const issues = emergency?.issues ?? [];
    this.#set(
      'orion_watch_emergency',
      'Emergency criteria: 1 holds, 0 does not; absent where nobody can tell',
      ['issue'],
      issues.map(({ issue, verdict }) => [VERDICTS[verdict] ?? null, issue]),
    );
    this.#tellBuses(sample);
    this.#tellModules(sample);
    this.#tellStreams(sample);
  }

  #tellBuses({ source, target }: Sample): void {
    const sides = [
      ['source', source],
      ['target', target],
    ] as const;
    const of = (
      name: string,
      help: string,
      value: (bus: Sample['target']) => number | null,
    ): void => {
      const rows = sides.map(([side, bus]): Row => [value(bus), side]);
      this.#set(name, help, ['side'], rows);
    };
    of('orion_bus_up', 'Whether its service is active', ({ service }) => activeOf(service));
    of('orion_bus_healthy', 'Whether its health endpoint answered well', ({ healthy }) =>
      healthy === null ? null : Number(healthy),
    );
    of('orion_bus_health_seconds', 'How long that took', ({ healthMs }) =>
      healthMs === null ? null : healthMs / 1_000,
    );
    of('orion_bus_resident_memory_bytes', 'Its resident set', ({ rssBytes }) => rssBytes);
    of(
      'orion_bus_contract_log_errors',
      'Contract failures in its log since the sample before',
      ({ contractLogErrors }) => contractLogErrors,
    );
  }

  #tellModules({ modules }: Sample): void {
    const of = (
      name: string,
      help: string,
      value: (module: Sample['modules'][number]) => number | null,
    ): void => {
      const rows = modules.map((each): Row => [value(each), each.module]);
      this.#set(name, help, ['module'], rows);
    };
    of('orion_module_up', 'Whether its service is active', ({ service }) => activeOf(service));
    of('orion_module_on_target', 'Where its settings point', ({ settings }) =>
      settings === 'target' ? 1 : settings === 'source' ? 0 : null,
    );
    of('orion_module_log_errors', 'Since the sample before', ({ errors }) => errors);
  }

  #tellStreams({ streams, groups }: Sample): void {
    for (const [name, help, value] of STREAM_GAUGES) {
      const rows = streams.map((each): Row => [value(each), each.stream]);
      this.#set(name, help, ['stream'], rows);
    }
    for (const [name, help, value] of GROUP_GAUGES) {
      const rows = groups.map((each): Row => [value(each), each.stream, each.group]);
      this.#set(name, help, ['stream', 'group'], rows);
    }
  }

  /** Sets a metric to exactly these values: those of streams and groups that are gone go with them. */
  #set(name: string, help: string, labels: readonly string[], rows: readonly Row[]): void {
    const gauge = this.#gauges.get(name) ?? this.#make(name, help, labels);
    this.#gauges.set(name, gauge);
    gauge.reset();
    // A gauge without labels would say 0 after a reset.
    if (labels.length === 0 && rows.every(([value]) => value === null)) gauge.remove();
    for (const [value, ...values] of rows) {
      if (value === null) continue;
      gauge.set(Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ''])), value);
    }
  }
}

type MakeGauge = (name: string, help: string, labels: readonly string[]) => Gauge;

/** Serves `GET /metrics` and nothing else. */
export async function serveMetrics(
  metrics: WatchMetrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => {
        const type = metrics.contentType;
        response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
      },
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // A server that listens on a port has an address with it.
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A value, null where it is unknown, then those of the labels. */
type Row = readonly [number | null, ...string[]];

type GaugeOf<Figures> = readonly [
  name: string,
  help: string,
  value: (figures: Figures) => number | null,
];

const VERDICTS: Readonly<Record<string, number>> = { fail: 1, pass: 0 };

const STREAM_GAUGES: readonly GaugeOf<StreamSample>[] = [
  ['redis_stream_length', 'Entries in the stream', (s) => s.length],
  ['redis_stream_entries_added_total', 'Entries ever added to the stream', (s) => s.entriesAdded],
  ['orion_watch_checked', 'New entries that were held against their contract', (s) => s.checked],
  ['orion_watch_unchecked', 'New entries that were passed over', (s) => s.unchecked],
  ['orion_watch_violations', 'Of the checked ones, against their contract', (s) => s.violations],
  [
    'orion_watch_publish_p95_seconds',
    'From message to entry, 95th percentile of the checked ones',
    (s) => (s.publishP95Ms === null ? null : s.publishP95Ms / 1_000),
  ],
];

const GROUP_GAUGES: readonly GaugeOf<GroupSample>[] = [
  ['redis_stream_group_consumers', 'Consumers known to the group', (g) => g.consumers],
  ['redis_stream_group_messages_pending', 'Delivered and not acknowledged', (g) => g.pending],
  ['redis_stream_group_entries_read', 'Entries the group has read', (g) => g.entriesRead],
  ['redis_stream_group_lag', 'Entries not delivered yet; absent where unknown', (g) => g.lag],
  [
    'orion_watch_headroom_entries',
    'Entries until trimming reaches one owed',
    (g) => g.headroomEntries,
  ],
  ['orion_watch_lost', 'Entries known lost since the watching began', (g) => g.lost],
];

function activeOf(service: Sample['target']['service']): number | null {
  if (service === 'unknown' || service === 'absent') return null;
  return service === 'active' ? 1 : 0;
}
