import { join } from 'node:path';
import type { Json, JsonObject } from '../problems/index.js';
import { BUS_SETTING, CAST, CAST_PUBLISHERS, type CastModule, type CastPublisher } from './cast.js';

export interface HostConfigOptions {
  readonly paths: HostPaths;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly maxLength: number;
  /** The program of the units, before its arguments. */
  readonly unitCommand: readonly string[];
  /** Whether this system shows processes as files under /proc. */
  readonly processFiles: boolean;
  readonly targetUrl: string;
  /** How long each soak lasts, such as `1s`. */
  readonly soak: string;
  readonly resumesPending: { readonly source: boolean; readonly target: boolean };
  /** Whether there is a git repository with the code of the source bus. */
  readonly archives: boolean;
  /** Keys laid over the document, whole: what a test wants different. */
  readonly overrides: JsonObject;
}

/** Where things stand in the throw-away directory. */
export interface HostPaths {
  readonly directory: string;
  readonly configFile: string;
  readonly stateDir: string;
  readonly units: string;
  readonly ledger: string;
  readonly settingsFile: (name: string) => string;
  readonly log: (service: string) => string;
  readonly role: (name: string) => string;
  /** A git repository with the code of the source bus. */
  readonly repository: string;
}

/** The services of the two buses, and of the guard. */
export const SOURCE_SERVICE = 'orion-bus-python';
export const TARGET_SERVICE = 'orion-bus-go';
export const WATCH_SERVICE = 'orion-bus-watch';

/** How often the guard takes a sample: several within a soak of seconds. */
const SAMPLE_EVERY = '400ms';

/** The code of the source bus within its repository, and where it goes. */
export const SOURCE_CODE = { path: 'bus/python/orion-bus', document: 'README.md' } as const;

export function hostPaths(directory: string): HostPaths {
  return {
    directory,
    configFile: join(directory, 'orion-bus.yaml'),
    stateDir: join(directory, 'state'),
    units: join(directory, 'units'),
    ledger: join(directory, 'ledger'),
    settingsFile: (name) => join(directory, 'etc', `${name}.env`),
    log: (service) => join(directory, 'log', `${service}.log`),
    role: (name) => join(directory, 'roles', `${name}.json`),
    repository: join(directory, 'repository'),
  };
}

/** The configuration a migration on this host runs with: an operator's file, read the ordinary way. */
export function hostConfig(options: HostConfigOptions): JsonObject {
  const { paths } = options;
  return {
    redis: { url: options.redisUrl, log: null },
    streams: { prefix: options.prefix, maxLength: options.maxLength },
    stateDir: paths.stateDir,
    services: { driver: 'command', ...unitVerbs(options) },
    source: {
      name: 'python',
      group: 'orion-{module}-group',
      resumesPending: options.resumesPending.source,
      // The source bus is a library inside the modules; its unit does nothing, and has no log.
      service: SOURCE_SERVICE,
      log: null,
    },
    target: {
      name: 'go',
      service: TARGET_SERVICE,
      group: 'orion-{module}-group-go',
      resumesPending: options.resumesPending.target,
      url: options.targetUrl,
      log: paths.log(TARGET_SERVICE),
      tests: { command: ['true'] },
    },
    ...(options.archives ? { archive: archiveOf(paths) } : {}),
    modules: Object.fromEntries(CAST.map((module) => [module.name, moduleOf(module, paths)])),
    publishers: publishersOf(paths),
    soak: { phase1: options.soak, module: options.soak, burnIn: options.soak },
    handoff: { probe: true, expectedPause: '2s', readBlock: '1s', batch: 10, flowWait: '1s' },
    watch: { every: SAMPLE_EVERY, metrics: 'off' },
    ...options.overrides,
  };
}

function archiveOf({ repository }: HostPaths): JsonObject {
  const { path, document } = SOURCE_CODE;
  return { repository, path, to: `${path}-archived`, documents: [document] };
}

/** What a service's environment file says as long as everything is on the source side. */
export function sourceSettings(module: CastModule): string {
  const groups = new Map(module.reads.map(({ setting, source }) => [setting, source]));
  const lines = [...groups].map(([setting, source]) => `${setting}=${source}`);
  return [`# ${module.service}`, ...lines, `${BUS_SETTING}=python`, ''].join('\n');
}

/** The same for a publisher that reads nothing. */
export function publisherSettings(publisher: CastPublisher): string {
  return `# ${publisher.service}\n${BUS_SETTING}=python\n`;
}

/**
 * The verbs of the command driver. Most are asked for hundreds of times in a migration, and starting
 * Node for each would take longer than all the rest: where the files of a unit tell, they are asked.
 */
function unitVerbs({ unitCommand, paths, processFiles }: HostConfigOptions): JsonObject {
  const file = (what: string): string => join(paths.units, `{service}.${what}`);
  const unit = (verb: string): Json => [...unitCommand, paths.units, verb, '{service}'];
  return {
    start: unit('start'),
    stop: unit('stop'),
    status: processFiles ? ['test', '-e', join(file('process'), 'exe')] : unit('status'),
    pid: processFiles ? ['cat', file('mainpid')] : unit('pid'),
    hold: ['touch', file('hold')],
    release: ['rm', '-f', file('hold')],
    enable: ['touch', file('enabled')],
    disable: ['rm', '-f', file('enabled')],
    'is-enabled': ['test', '-e', file('enabled')],
  };
}

function moduleOf(module: CastModule, paths: HostPaths): JsonObject {
  const patterned = `orion-${module.name}-group`;
  const own = module.reads.filter(({ source }) => source !== patterned);
  const file = paths.settingsFile(module.name);
  return {
    risk: module.risk,
    service: module.service,
    log: paths.log(module.service),
    subscribes: module.reads.map(({ type }) => type),
    settings:
      own.length === 0
        ? { file, format: 'env', key: module.reads[0]?.setting ?? '' }
        : own.map(({ type, setting }) => ({ file, format: 'env', key: setting, type })),
    ...(own.length === 0
      ? {}
      : {
          groups: Object.fromEntries(
            own.map(({ type, source, target }) => [type, { source, target }]),
          ),
        }),
  };
}

function publishersOf(paths: HostPaths): JsonObject {
  const modules = CAST.filter(({ publishes }) => publishes.length > 0);
  const all: readonly CastPublisher[] = [...modules.map(withoutFeeds), ...CAST_PUBLISHERS];
  const publishers = all.map(({ name, service, source }) => [
    name,
    {
      service,
      ...(source === undefined ? {} : { source }),
      settings: {
        file: paths.settingsFile(name),
        format: 'env',
        key: BUS_SETTING,
        source: 'python',
        target: 'go',
      },
    },
  ]);
  return Object.fromEntries(publishers);
}

const withoutFeeds = ({ name, service }: CastModule): CastPublisher => ({
  ...{ name, service },
  feeds: [],
});
