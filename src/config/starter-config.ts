import { Document, isMap, isPair, isScalar, visit } from 'yaml';
import { checkSchema } from './check-schema.js';
import { configSchema } from './config-schema.js';
import { orionPlan } from './orion-plan.js';

/** What was found of the ORION plan on this host, as far as somebody could look. */
export interface HostFindings {
  /** Services that the service manager does not know. */
  readonly absentServices: readonly string[];
  /** Files with settings that are not there. */
  readonly missingFiles: readonly string[];
}

/** What the ORION plan names of a host: services, and files with settings. */
export function namedOnHost(): { readonly services: string[]; readonly files: string[] } {
  const { raw } = checkSchema(orionPlan());
  const parts = [...Object.values(raw?.modules ?? {}), ...Object.values(raw?.publishers ?? {})];
  const services = [raw?.source.service, raw?.target.service, ...parts.map((part) => part.service)];
  const files = parts.flatMap(({ settings }) => settings).map(({ file }) => file);
  return {
    services: [...new Set(services.filter((service) => service != null))],
    files: [...new Set(files)],
  };
}

/**
 * The text of a configuration file for this host: the ORION plan with every default written out and
 * a reason beside each part. Reading it gives what reading no file gives.
 */
export function starterConfig(findings: HostFindings): string {
  const { raw } = checkSchema(orionPlan());
  const filled = Object.entries(raw ?? {});
  const order = Object.keys(configSchema['properties'] ?? {});
  filled.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const document = new Document(Object.fromEntries(filled), { aliasDuplicateObjects: false });
  document.commentBefore = HEADER.map(indented).join('\n');
  visit(document, {
    Pair(_, pair, ancestors) {
      if (isEmpty(pair.value)) return visit.REMOVE;
      if (!isScalar(pair.key)) return undefined;
      const path = [...ancestors.filter(isPair), pair].map(keyOf).join('.');
      const notes = [COMMENTS[path], absence(pair.value, findings)].filter((note) => note != null);
      if (notes.length > 0) pair.key.commentBefore = notes.map(indented).join('\n');
      pair.key.spaceBefore = !path.includes('.') && path !== order[0];
      return undefined;
    },
    Seq(_, list) {
      list.flow = true;
    },
  });
  visit(document, {
    Map(_, map) {
      // What holds only a few figures and texts reads better in one line.
      map.flow = map.items.length <= 5 && map.items.every(isShort) && `${map}`.length < WIDTH;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

const WIDTH = 110;

const HEADER = [
  'The configuration of orion-bus: what is moved, and what it is held against.',
  'Every key may be left out, and has the value written here; a file that has `modules` or',
  '`publishers` replaces those whole. Unknown keys are errors, with their line.',
  'Durations are written like 500ms, 10s, 5m, 24h, 7d; sizes like 100MB (2^20 bytes); shares like 1%.',
  'A password belongs into the environment (ORION_BUS_REDIS_PASSWORD) or a file of its own',
  '(redis.passwordFile), not in here.',
  '',
  'Not written here, since they depend on who runs it:',
  '  contracts: ./contracts            the directory of the contracts; those shipped where absent',
  '  stateDir: /var/lib/orion-bus      journal, samples, parked messages',
  '  target: { unit, build, tests }    a unit file to put in place; how the bus is built and tested',
  '',
  'What `phase3 finalize` archives, and nothing where absent; `documents` get `marker` as first line,',
  '`message` is that of the commit, and both have defaults:',
  '  archive: { repository: /home/orion/orion, path: bus/python/orion-bus,',
  '    to: bus/python/orion-bus-archived, documents: [README.md] }',
];

/** By path in the file. A key that says enough by its name has none. */
const COMMENTS: Readonly<Record<string, string>> = {
  redis: 'Redis: redis://host:port/db, rediss://… or unix:///path.',
  'redis.log': "Redis's own log, read for errors by `watch`; null where there is none.",
  streams: 'All streams are <prefix>:<type>s; maxLength is what publishers trim to.',
  services: 'How services are started and stopped: systemd, or commands of your own.',
  source: 'The bus being left. Without a process of its own, set service to null.',
  'source.resumesPending':
    'true where a live consumer claims the stale entries of a dead one by itself.',
  target: 'The bus being moved to.',
  modules: 'In the order of migration, lowest risk first; each is moved with all its streams.',
  publishers:
    'What publishes, with the setting that says through which bus; `settings: []` where its change is code.',
  thresholds: 'What the figures are held against; backlog is lag and pending together.',
  'thresholds.contractErrors':
    'The share of traffic from which on contract errors are an emergency.',
  'thresholds.errorIncrease': 'How far above the baseline errors may rise.',
  'thresholds.memory': 'Of the target bus; the alert counts once it was sustained.',
  soak: 'How long the criteria must hold, with samples covering it.',
  handoff: 'The pause in which a module is moved.',
  'handoff.expectedPause': 'Taken for the headroom until a pause was measured.',
  'handoff.batch': 'How many entries a consumer takes with one read.',
  'handoff.flowWait': 'How long a first message is waited for once a module has moved.',
  logs: 'Regular expressions of the lines that count as errors, and as critical ones.',
  watch: 'Samples: how often, how long they are kept, and where `watch` serves its metrics.',
  'watch.grace': 'How long `watch --auto-rollback` waits after it has announced what it will do.',
};

const indented = (text: string): string => ` ${text}`;

function keyOf({ key }: { key: unknown }): string {
  return String(isScalar(key) ? key.value : key);
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && value.items.length === 0;
}

function isShort({ key, value }: { key: unknown; value?: unknown }): boolean {
  const commented = isScalar(key) && key.commentBefore != null;
  return !commented && isScalar(value);
}

/** A service or a file of settings that this host does not have, said where it is named. */
function absence(value: unknown, { absentServices, missingFiles }: HostFindings): string | null {
  const text = isScalar(value) ? String(value.value) : '';
  if (absentServices.includes(text)) return 'Not installed on this host.';
  return missingFiles.includes(text) ? 'Not there on this host.' : null;
}
