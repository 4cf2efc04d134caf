import type { JsonObject } from '../problems/index.js';
import { modules, program, publishers } from './schema-modules.js';
import {
  address,
  argv,
  count,
  duration,
  flag,
  group,
  path,
  pattern,
  percentage,
  service,
  share,
  size,
  someTime,
  url,
  when,
  whole,
} from './schema-words.js';

/*
 * The JSON Schema of the configuration file. A `title` is the noun phrase that an error shows after
 * "expected"; a `default` is the value itself, filled in from here and stated nowhere else. What
 * depends on the host, the directories of the contracts and of the journal, is filled in later.
 */

const COMMAND_VERBS = ['start', 'stop', 'status'] as const;
const OPTIONAL_VERBS = ['pid', 'enable', 'disable', 'is-enabled', 'hold', 'release'] as const;

const inRepository = {
  title: 'a path within the repository, without ..',
  type: 'string',
  pattern: '^(?!.*(^|/)\\.\\.(/|$))[^/\\s~-][^\\s]*$',
} as const satisfies JsonObject;

const archive: JsonObject = {
  ...closedMap('what becomes of the code of the source bus: {repository, path, to, …}', {
    repository: { ...path, title: 'the path of a git working tree' },
    path: inRepository,
    to: inRepository,
    documents: {
      title: 'a list of files in the repository, each once',
      type: 'array',
      uniqueItems: true,
      items: inRepository,
      default: [],
    },
    marker: {
      title: 'one line of text',
      type: 'string',
      pattern: '^[^\\r\\n]+$',
      default: '> Deprecated: the source bus is archived, and only the target bus is in use.',
    },
    message: {
      title: 'a commit message',
      type: 'string',
      minLength: 1,
      default: 'chore(bus): archive the source bus, the migration is complete',
    },
  }),
  required: ['repository', 'path', 'to'],
};

export const configSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...closedMap('a map of settings', {
    redis: section('the address of Redis: {url, username, password or passwordFile, log}', {
      url: {
        title: 'a URL redis://host:port/db, rediss://host:port/db or unix:///path',
        type: 'string',
        pattern: '^(redis|rediss|unix)://',
        default: 'redis://127.0.0.1:6379',
      },
      username: { title: 'a user of Redis', type: 'string', minLength: 1 },
      password: { title: 'a password as a text, in quotes', type: 'string', minLength: 1 },
      passwordFile: { ...path, title: 'the path of a file that holds the password alone' },
      log: {
        ...path,
        title: "the path of Redis's own log",
        type: ['string', 'null'],
        default: '/var/log/redis/redis-server.log',
      },
    }),
    streams: section('the streams: {prefix, maxLength}', {
      prefix: {
        title: 'a prefix of letters, digits and . _ : - that does not end in :',
        type: 'string',
        pattern: '^[A-Za-z0-9_.:-]*[A-Za-z0-9_.-]$',
        default: 'orion',
      },
      maxLength: { ...count, default: 10_000 },
    }),
    contracts: { ...path, title: 'the path of the directory of the contracts' },
    stateDir: { ...path, title: 'the path of the directory of the journal' },
    services: services(),
    source: {
      ...side('the bus being left: {name, service, group, …}', {
        name: 'python',
        group: 'orion-{module}-group',
        log: '/var/log/orion-bus-python.log',
        url: null,
      }),
      // Only where the whole section is absent: a section without a service says that there is none.
      default: { service: 'orion-bus-python' },
    },
    target: side(
      'the bus being moved to: {name, service, group, …}',
      {
        name: 'go',
        service: 'orion-bus-go',
        group: 'orion-{module}-group-go',
        log: '/var/log/orion-bus-go.log',
        url: 'http://127.0.0.1:8080',
      },
      {
        unit: { ...path, title: 'the path of a unit file to be put in place' },
        build: program('how the target bus is built'),
        tests: program('the tests of the target bus'),
      },
    ),
    archive,
    modules,
    publishers,
    thresholds: section('the thresholds: {lag, memory, contractErrors, …}', {
      lag: section('entries of backlog: {target, alert, sustained}', {
        target: { ...whole, default: 100 },
        alert: { ...whole, default: 1_000 },
        sustained: { ...duration, default: '5m' },
      }),
      memory: section('memory of the target bus: {target, alert, sustained}', {
        target: { ...size, default: '100MB' },
        alert: { ...size, default: '150MB' },
        sustained: { ...duration, default: '5m' },
      }),
      contractErrors: { ...share, default: '1%' },
      errorIncrease: { ...percentage, default: '50%' },
      health: section('the share of healthy answers: {target, alert}', {
        target: { ...share, default: '100%' },
        alert: { ...share, default: '99%' },
      }),
      latencyP95: { ...someTime, default: '10ms' },
    }),
    soak: section('the soaks: {phase1, module, burnIn}', {
      phase1: { ...duration, default: '7d' },
      module: { ...duration, default: '24h' },
      burnIn: { ...duration, default: '7d' },
    }),
    handoff: section('the handoff: {probe, expectedPause, readBlock, batch, flowWait}', {
      probe: { ...flag, default: true },
      expectedPause: { ...someTime, default: '5s' },
      readBlock: { ...someTime, default: '1s' },
      batch: { ...count, default: 10 },
      flowWait: { ...duration, default: '30s' },
    }),
    logs: section('what lines of errors look like in the logs: {error, critical}', {
      error: { ...pattern, default: '\\b(?:ERROR|CRITICAL|FATAL|Traceback|Unhandled)\\b' },
      critical: { ...pattern, default: '\\b(?:CRITICAL|FATAL)\\b' },
    }),
    watch: section('the watching: {every, keep, grace, metrics}', {
      every: { ...someTime, default: '10s' },
      keep: { ...someTime, default: '35d' },
      grace: { ...duration, default: '5m' },
      metrics: { ...address, default: '127.0.0.1:9465' },
    }),
  }),
};

/** A part of the file that may be left out whole, since each of its keys may. */
function section(title: string, properties: JsonObject): JsonObject {
  return { ...closedMap(title, properties), default: {} };
}

function closedMap(title: string, properties: JsonObject): JsonObject {
  return { title, type: 'object', additionalProperties: false, properties };
}

function side(title: string, defaults: JsonObject, more: JsonObject = {}): JsonObject {
  const properties: Readonly<Record<string, JsonObject>> = {
    name: { title: 'a name without spaces', type: 'string', pattern: '^[^\\s\\p{C}]+$' },
    service: { ...service, type: ['string', 'null'] },
    group,
    resumesPending: { ...flag, default: false },
    log: { ...path, title: 'the path of a log, or journal', type: ['string', 'null'] },
    url: { ...url, type: ['string', 'null'] },
  };
  const filled = Object.entries(properties).map(([key, schema]) => {
    const fallback = defaults[key];
    return [key, fallback === undefined ? schema : { ...schema, default: fallback }];
  });
  return section(title, { ...Object.fromEntries(filled), ...more });
}

function services(): JsonObject {
  const verbs = [...COMMAND_VERBS, ...OPTIONAL_VERBS];
  const refused = (verb: string) => ({ title: `no ${verb} unless driver is command`, not: {} });
  return {
    ...section('how services are started and stopped: {driver, …}', {
      driver: { title: 'systemd or command', enum: ['systemd', 'command'], default: 'systemd' },
      scope: { title: 'system or user', enum: ['system', 'user'] },
      stopTimeout: { ...someTime, default: '95s' },
      ...Object.fromEntries(verbs.map((verb) => [verb, argv])),
    }),
    ...when(
      { properties: { driver: { const: 'command' } }, required: ['driver'] },
      {
        title: 'a command as a list of texts (driver command needs start, stop and status)',
        required: COMMAND_VERBS,
        properties: { scope: { title: 'no scope with driver command', not: {} } },
      },
      { properties: Object.fromEntries(verbs.map((verb) => [verb, refused(verb)])) },
    ),
  };
}
