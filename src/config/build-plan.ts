import { resolve } from 'node:path';
import {
  type BuildSite,
  buildModules,
  buildPublishers,
  buildTests,
  logOf,
} from './build-modules.js';
import type {
  ArchiveConfig,
  Config,
  HandoffConfig,
  ServicesConfig,
  SideConfig,
  TargetConfig,
  TestsConfig,
  ThresholdsConfig,
  WatchConfig,
} from './config.js';
import type { Report } from './mistake.js';
import type { RawArchive, RawConfig, RawServices, RawSide, RawTarget } from './raw-config.js';
import { fillName } from './template.js';
import { bytesOf, millisecondsOf, ratioOf } from './units.js';

/** What the file alone decides: everything but Redis and the two directories of this host. */
type PlanPart = Omit<Config, 'file' | 'redis' | 'contracts' | 'stateDir'>;

/** Fills in the templates, resolves the paths and turns units into numbers. */
export function buildPlan(raw: RawConfig, site: BuildSite): PlanPart {
  return {
    streams: { ...raw.streams },
    services: buildServices(raw.services, site.report),
    source: buildSide('source', raw.source, site),
    target: buildTarget(raw.target, site),
    modules: buildModules(raw, site),
    publishers: buildPublishers(raw, site),
    archive: raw.archive === undefined ? null : buildArchive(raw.archive, site),
    thresholds: buildThresholds(raw.thresholds),
    soak: {
      phase1Ms: millisecondsOf(raw.soak.phase1),
      moduleMs: millisecondsOf(raw.soak.module),
      burnInMs: millisecondsOf(raw.soak.burnIn),
    },
    handoff: buildHandoff(raw.handoff),
    logs: { ...raw.logs },
    watch: buildWatch(raw.watch, site.report),
  };
}

function buildSide(side: 'source' | 'target', raw: RawSide, site: BuildSite): SideConfig {
  const { report } = site;
  const service =
    typeof raw.service === 'string' ? fillName(raw.service, {}, [side, 'service'], report) : null;
  // Each module fills in its own; this look finds an unknown word where there is no module at all.
  fillName(raw.group, { module: '', service: '' }, [side, 'group'], report);
  return {
    name: raw.name,
    service,
    resumesPending: raw.resumesPending,
    log: logOf(raw.log, { service }, [side, 'log'], site),
    url: raw.url === null ? null : buildUrl(raw.url, side, report),
  };
}

function buildTarget(raw: RawTarget, site: BuildSite): TargetConfig {
  const base = buildSide('target', raw, site);
  const words = { module: base.name, service: base.service };
  const program = (name: 'build' | 'tests'): TestsConfig | null => {
    const entry = raw[name];
    return entry === undefined ? null : buildTests(entry, words, ['target', name], site);
  };
  return {
    ...base,
    unit: raw.unit === undefined ? null : resolve(site.baseDirectory, raw.unit),
    build: program('build'),
    tests: program('tests'),
  };
}

function buildArchive(raw: RawArchive, { baseDirectory }: BuildSite): ArchiveConfig {
  return { ...raw, repository: resolve(baseDirectory, raw.repository) };
}

/** Without a slash at its end, so that a path can be put behind it. */
function buildUrl(url: string, side: 'source' | 'target', report: Report): string {
  if (!URL.canParse(url)) {
    const found = 'one with a host or port that cannot be';
    report({ path: [side, 'url'], at: 'value', expected: 'a URL http://host:port', found });
  }
  return url.replace(/\/+$/, '');
}

function buildServices(raw: RawServices, report: Report): ServicesConfig {
  const stopTimeoutMs = millisecondsOf(raw.stopTimeout);
  if (raw.driver === 'systemd') {
    return { driver: 'systemd', scope: raw.scope ?? 'system', stopTimeoutMs };
  }
  const verb = (name: Verb): readonly string[] | null => {
    const argv = raw[name] ?? null;
    argv?.forEach((argument, index) => {
      if (!argument.includes('{module}')) return;
      const path = ['services', name, String(index)];
      report({ path, at: 'value', expected: '{service} alone', found: '{module}' });
    });
    return argv;
  };
  return {
    driver: 'command',
    // The schema has seen to it that these three are there.
    start: verb('start') ?? [],
    stop: verb('stop') ?? [],
    status: verb('status') ?? [],
    pid: verb('pid'),
    enable: verb('enable'),
    disable: verb('disable'),
    isEnabled: verb('is-enabled'),
    hold: verb('hold'),
    release: verb('release'),
    stopTimeoutMs,
  };
}

type Verb = Exclude<keyof RawServices, 'driver' | 'scope' | 'stopTimeout'>;

function buildThresholds(raw: RawConfig['thresholds']): ThresholdsConfig {
  const { lag, memory, health } = raw;
  return {
    lag: { target: lag.target, alert: lag.alert, sustainedMs: millisecondsOf(lag.sustained) },
    memory: {
      targetBytes: bytesOf(memory.target),
      alertBytes: bytesOf(memory.alert),
      sustainedMs: millisecondsOf(memory.sustained),
    },
    contractErrors: ratioOf(raw.contractErrors),
    errorIncrease: ratioOf(raw.errorIncrease),
    health: { target: ratioOf(health.target), alert: ratioOf(health.alert) },
    latencyP95Ms: millisecondsOf(raw.latencyP95),
  };
}

function buildHandoff(raw: RawConfig['handoff']): HandoffConfig {
  return {
    probe: raw.probe,
    expectedPauseMs: millisecondsOf(raw.expectedPause),
    readBlockMs: millisecondsOf(raw.readBlock),
    batch: raw.batch,
    flowWaitMs: millisecondsOf(raw.flowWait),
  };
}

function buildWatch(raw: RawConfig['watch'], report: Report): WatchConfig {
  return {
    everyMs: millisecondsOf(raw.every),
    keepMs: millisecondsOf(raw.keep),
    graceMs: millisecondsOf(raw.grace),
    metrics: raw.metrics === 'off' ? null : addressOf(raw.metrics, report),
  };
}

/** `127.0.0.1:9465` or `[::1]:9465`. */
function addressOf(text: string, report: Report): WatchConfig['metrics'] {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) {
    const expected = 'a port up to 65535';
    report({ path: ['watch', 'metrics'], at: 'value', expected, found: text });
  }
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}
