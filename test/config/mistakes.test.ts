import { describe, expect, it } from 'vitest';
import { configRoom, MEMORY } from './room.js';

const room = configRoom();
const DURATION = 'expected a duration such as 500ms, 30s, 5m, 24h or 7d';
const SOME_TIME = 'expected a duration above zero, such as 500ms, 30s or 5m';
const PATH = 'expected a path (~ is not expanded)';
const TYPE = 'expected a contract type, such as event';
const SERVICE = 'expected the name of a service, such as orion-memory';
const GROUP = 'expected a group name without spaces';
const MODULE =
  'modules:\n  memory:\n    service: m\n    settings: { file: a, format: env, key: K }\n';

describe('a mistake of shape', () => {
  it.each<[yaml: string, line: string]>([
    ['[1]', '1:1 (top): expected a map of settings, found a list'],
    ['modules', '1:1 (top): expected a map of settings, found a text (not shown)'],
    [
      'modulez: {}',
      '1:1 modulez: expected one of redis, streams, contracts, stateDir, services, source, target, archive, modules, publishers, thresholds, soak, handoff, logs, watch, found an unknown key; did you mean modules?',
    ],
    [
      'streams:\n  max_length: 5',
      '2:3 streams.max_length: expected one of prefix, maxLength, found an unknown key; did you mean maxLength?',
    ],
    [
      'soak: { weather: 5d }',
      '1:9 soak.weather: expected one of phase1, module, burnIn, found an unknown key',
    ],
    ['soak:', '1:1 soak: expected the soaks: {phase1, module, burnIn}, found nothing'],
    [
      'streams:\n  maxLength: 10k',
      '2:14 streams.maxLength: expected a whole number, 1 or more, found "10k"',
    ],
    [
      'streams: { maxLength: 0 }',
      '1:23 streams.maxLength: expected a whole number, 1 or more, found 0',
    ],
    [
      'streams: { prefix: "orion:" }',
      '1:20 streams.prefix: expected a prefix of letters, digits and . _ : - that does not end in :, found "orion:"',
    ],
    ['soak: { module: 24 }', `1:17 soak.module: ${DURATION}, found 24`],
    ['soak: { module: 1w }', `1:17 soak.module: ${DURATION}, found "1w"`],
    ['soak: { phase1: [] }', `1:9 soak.phase1: ${DURATION}, found an empty list`],
    ['handoff: { readBlock: 0s }', `1:23 handoff.readBlock: ${SOME_TIME}, found "0s"`],
    ['handoff: { expectedPause: }', `1:12 handoff.expectedPause: ${SOME_TIME}, found nothing`],
    ['handoff: { probe: yes }', '1:19 handoff.probe: expected true or false, found "yes"'],
    [
      'handoff: { batch: 1.5 }',
      '1:19 handoff.batch: expected a whole number, 1 or more, found 1.5',
    ],
    [
      'thresholds: { lag: { target: -1 } }',
      '1:30 thresholds.lag.target: expected a whole number, 0 or more, found -1',
    ],
    [
      'thresholds: { memory: { target: 1TB } }',
      '1:33 thresholds.memory.target: expected a size such as 512KB, 100MB or 1GB, or plain bytes, found "1TB"',
    ],
    [
      'thresholds: { contractErrors: 0.01 }',
      '1:31 thresholds.contractErrors: expected a percentage from 0% to 100%, found 0.01',
    ],
    [
      'thresholds: { health: { alert: 101% } }',
      '1:32 thresholds.health.alert: expected a percentage from 0% to 100%, found "101%"',
    ],
    [
      'thresholds: { errorIncrease: half }',
      '1:30 thresholds.errorIncrease: expected a percentage such as 50%, found "half"',
    ],
    [
      'contracts: ~/contracts',
      '1:12 contracts: expected the path of the directory of the contracts, found "~/contracts"',
    ],
    [
      'services: { driver: upstart }',
      '1:21 services.driver: expected systemd or command, found "upstart"',
    ],
    [
      'services: { start: [a] }',
      '1:13 services.start: expected no start unless driver is command, found one',
    ],
    [
      'services: { driver: command, start: [a], stop: [b] }',
      '1:1 services.status: expected a command as a list of texts (driver command needs start, stop and status), found nothing',
    ],
    [
      'services: { driver: command, start: svc start, stop: [b], status: [c] }',
      '1:37 services.start: expected a command as a list of texts, such as [svc, start, "{service}"] (numbers in quotes), found "svc start"',
    ],
    [
      'services: { driver: command, start: [a, 1], stop: [b], status: [c] }',
      '1:41 services.start[1]: expected a text (numbers in quotes), found 1',
    ],
    ['source: { service: -x }', `1:20 source.service: ${SERVICE}, found "-x"`],
    ['source: { group: "a b" }', `1:18 source.group: ${GROUP}, found "a b"`],
    ['source: { group: "a\\u001b" }', `1:18 source.group: ${GROUP}, found "a\\u001b"`],
    [
      'target: { url: "http://u:p@host" }',
      '1:16 target.url: expected a URL http://host:port or https://host:port without user and password, found "http://(hidden)@host"',
    ],
    ['modules: [memory]', '1:1 modules: expected a map of modules by their names, found a list'],
    [
      `modules: { 1st: ${MEMORY.slice(8)} }`,
      '1:12 modules.1st: expected a name of letters, digits and . _ - that begins with a letter, found 1st',
    ],
    [
      'modules: { memory: { service: m } }',
      '1:12 modules.memory.settings: expected a setting, or a list of settings, found nothing',
    ],
    [
      'modules: { memory: { service: m, settings: [] } }',
      '1:34 modules.memory.settings: expected a list of one setting or more, found an empty list',
    ],
    [
      'modules: { memory: { service: m, settings: G } }',
      '1:44 modules.memory.settings: expected a setting, or a list of settings, found "G"',
    ],
    [
      'modules: { memory: { service: m, settings: { format: ini, file: a, key: k } } }',
      '1:54 modules.memory.settings.format: expected env, yaml, json, toml, text, found "ini"',
    ],
    [
      'modules: { memory: { service: m, settings: [ { format: env, file: a } ] } }',
      '1:46 modules.memory.settings[0].key: expected the name of the value in the file, found nothing',
    ],
    [
      'modules: { memory: { service: m, settings: { format: text, file: a, key: k } } }',
      '1:69 modules.memory.settings.key: expected no key with format text, found one',
    ],
    [
      'modules: { memory: { service: m, settings: { format: text, file: a, source: "" } } }',
      '1:77 modules.memory.settings.source: expected the whole old string, found ""',
    ],
    [
      'modules: { memory: { service: m, settings: { format: env, file: a, key: k, target: 2 } } }',
      '1:84 modules.memory.settings.target: expected the value for the target, as a text (numbers in quotes), found 2',
    ],
    [
      `${MODULE}    risk: none`,
      '5:11 modules.memory.risk: expected low, medium or high, found "none"',
    ],
    [
      `${MODULE}    subscribes: event`,
      '5:17 modules.memory.subscribes: expected a list of contract types, each once, found "event"',
    ],
    [
      `${MODULE}    subscribes: [event, event]`,
      '5:5 modules.memory.subscribes: expected a list of contract types, each once, found a list',
    ],
    [`${MODULE}    subscribes: [a b]`, `5:18 modules.memory.subscribes[0]: ${TYPE}, found "a b"`],
    [
      `${MODULE}    groups: { 'a b': {} }`,
      `5:15 modules.memory.groups."a b": ${TYPE}, found "a b"`,
    ],
    [
      `${MODULE}    groups: { event: { source: '' } }`,
      `5:32 modules.memory.groups.event.source: ${GROUP}, found ""`,
    ],
    [
      `${MODULE}    tests: { cwd: a }`,
      '5:5 modules.memory.tests.command: expected a command as a list of texts, such as [svc, start, "{service}"] (numbers in quotes), found nothing',
    ],
    [
      `${MODULE}    tests: { command: [a], cwd: ~ }`,
      `5:33 modules.memory.tests.cwd: ${PATH}, found nothing`,
    ],
    [
      `${MODULE}    tests: { command: [a], env: { PORT: 1 } }`,
      '5:41 modules.memory.tests.env.PORT: expected a text (numbers in quotes), found a number (not shown)',
    ],
    [
      `${MODULE}    tests: { command: [a], env: { 'A-B': x } }`,
      '5:35 modules.memory.tests.env.A-B: expected the name of an environment variable, found A-B',
    ],
    [
      'publishers: { brain: { service: b, settings: { file: a, format: env, key: k, source: x } } }',
      '1:36 publishers.brain.settings.target: expected the value for the target, as a text (numbers in quotes), found nothing',
    ],
  ])('%j', async (yaml, line) => {
    expect(await room.mistakes(yaml)).toEqual([line]);
  });

  it('is told together with all the others, in the order of the file', async () => {
    const yaml = `
soak:
  modul: 5d
streams: { maxLength: ten, prefix: 5 }
soak: { phase1: 3 }
modules:
  memory: { servce: m, settings: 7 }
`;
    const lines = await room.mistakes(yaml);
    expect(lines.map((line) => line.split(': expected')[0])).toEqual([
      '4:23 streams.maxLength',
      '4:36 streams.prefix',
      '5:1 soak',
      '5:17 soak.phase1',
      '7:3 modules.memory.service',
      '7:13 modules.memory.servce',
      '7:34 modules.memory.settings',
    ]);
  });

  it('says how many there are, what is safe and what to type', async () => {
    const error = await room.refusal('soak: { module: 1w, burnIn: 2w }');
    expect(error).toMatchObject({ kind: 'config', code: 'config.invalid', exitCode: 64 });
    expect(error.message).toMatch(/^The configuration has 2 errors:\n {2}\//);
    expect(error.hint).toContain('Nothing was started or changed');
    expect(error.next).toEqual([`orion-bus validate --config ${room.file}`]);
  });
});

describe('a mistake of YAML', () => {
  it.each<[yaml: string, line: string]>([
    [
      'soak: { phase1: 1d }\nsoak: { module: 1d }',
      '2:1 soak: expected each key once, found it a second time',
    ],
    [
      'modules:\n  a: &a { service: a }\n  b: *a',
      '3:6 YAML: expected the value written out, found an alias (*)',
    ],
    [
      'stateDir: !path /a',
      '1:11 YAML: expected a plain value, found a tag (!); quote a text that begins with !',
    ],
    [
      'stateDir: @a',
      '1:11 YAML: expected a text in quotes, found an unquoted text that begins with @, `, % or |',
    ],
    ['a:\n\tb: 1', '2:1 YAML: expected spaces at the beginning of the line, found a tab'],
    ['a: 1\n---\nb: 2', '2:1 YAML: expected one document, found another one after ---'],
    [
      'redis: url: x',
      '1:8 YAML: expected one "key: value" a line, found a second value on it (quote a text with ": " in it)',
    ],
    [
      'soak: { module: {x}d, phase1: 1d, burnIn: 2d }',
      '1:20 YAML: expected "key: value", found something that does not belong here (quote a text with { } [ ] or , in it)',
    ],
    ['? [a]\n: b', '1:3 YAML: expected a text as key, found a list, a map or an alias as key'],
  ])('%j', async (yaml, line) => {
    expect(await room.mistakes(yaml)).toEqual([line]);
  });

  it('is found in a bomb of aliases before it goes off', async () => {
    const levels = Array.from({ length: 40 }, (_, level) =>
      level === 0 ? 'l0: &l0 [x]' : `l${level}: &l${level} [*l${level - 1}, *l${level - 1}]`,
    );
    const lines = await room.mistakes(levels.join('\n'));
    expect(lines[0]).toBe('2:10 YAML: expected the value written out, found an alias (*)');
  });
});
