import { describe, expect, it } from 'vitest';
import { configRoom, MEMORY } from './room.js';

const room = configRoom();

/** Modules on lines 2 and 3, each with a service and a setting of its own. */
const two = (first: string, second: string, top = ''): string => `modules:
  a: { service: a, settings: { file: /a, format: env, key: K, type: t }${first} }
  b: { service: b, settings: { file: /b, format: env, key: K, type: t }${second} }
${top}`;
const ONE_GROUP = 'source: { group: shared }';

describe('two modules with one group', () => {
  const shared = (stream: string, place: string, group = 'shared') =>
    `${place}: expected a group that no other module reads with on ${stream}, found ${group}, as in module a`;

  it.each<[what: string, yaml: string, line: string | null]>([
    [
      'are refused where neither says what it reads',
      two('', '', ONE_GROUP),
      shared('one stream', '3:3 modules.b'),
    ],
    [
      'are refused where both read one type',
      two(', subscribes: [t, u]', ', subscribes: [v, t]', ONE_GROUP),
      shared('the stream of t', '3:3 modules.b'),
    ],
    [
      'are refused where one may read anything',
      two('', ', subscribes: [t]', ONE_GROUP),
      shared('the stream of t', '3:3 modules.b'),
    ],
    [
      'are kept apart by what they subscribe to',
      two(', subscribes: [t]', ', subscribes: [u]', ONE_GROUP).replace(
        'key: K, type: t }, subscribes: [u]',
        'key: K, type: u }, subscribes: [u]',
      ),
      null,
    ],
    [
      'are kept apart by the groups of each type',
      two(
        ', subscribes: [t], groups: { t: { source: x, target: y } }',
        ', subscribes: [t], groups: { t: { source: v, target: w } }',
        ONE_GROUP,
      ),
      null,
    ],
    [
      'are refused where the group of a type is that of another module',
      two(', groups: { t: { source: x } }', ', groups: { t: { source: x } }'),
      shared('the stream of t', '3:84 modules.b.groups.t', 'x'),
    ],
    [
      "are refused where one's target is the other's source",
      two('', ', groups: { t: { source: orion-a-group-go } }'),
      shared('the stream of t', '3:84 modules.b.groups.t', 'orion-a-group-go'),
    ],
    [
      'are not seen on the streams of two types',
      two(', groups: { t: { source: x } }', ', groups: { u: { source: x } }'),
      null,
    ],
  ])('%s', async (_what, yaml, line) => {
    if (line === null) await expect(room.load(yaml)).resolves.toBeDefined();
    else expect(await room.mistakes(yaml)).toEqual([line]);
  });
});

describe('a rule between keys', () => {
  it.each<[yaml: string, line: string]>([
    [
      'target: { name: python }',
      '1:17 target.name: expected another name than that of the source, found python',
    ],
    [
      'target: { group: "orion-{module}-group" }',
      '1:18 target.group: expected another group than that of the source, found orion-{module}-group',
    ],
    [
      `modules: { ${MEMORY} }\nsource: { group: "{service}" }\ntarget: { group: "orion-{module}" }`,
      '1:12 modules.memory: expected two groups, one a side, found orion-memory twice',
    ],
    [
      two(', groups: { t: { source: x, target: x } }', ''),
      '2:84 modules.a.groups.t: expected two groups, one a side, found x twice',
    ],
    [
      two(', subscribes: [event, t], groups: { evnt: {} }', ''),
      '2:108 modules.a.groups.evnt: expected a type that the module subscribes to: event, t, found evnt; did you mean event?',
    ],
    [
      two(', subscribes: [event]', ''),
      '2:69 modules.a.settings.type: expected a type that the module subscribes to: event, found t',
    ],
    [
      'modules:\n  a: { service: x, settings: { file: /a, format: env, key: K } }\n  b: { service: x.service, settings: { file: /b, format: env, key: K } }',
      '3:17 modules.b.service: expected a service of its own, found x.service, the service of module a',
    ],
    [
      `modules: { ${MEMORY} }\ntarget: { service: orion-memory }`,
      '1:31 modules.memory.service: expected a service of its own, found orion-memory, the service of the target',
    ],
    [
      'source: { service: orion-bus-go }',
      '1:1 target.service: expected a service of its own, found orion-bus-go, the service of the source',
    ],
    [
      'publishers: { p: { service: orion-bus-go, settings: [] } }',
      '1:29 publishers.p.service: expected a service of its own, found orion-bus-go, the service of the target',
    ],
    [
      'modules: { a: { service: a, settings: { file: /a, format: text, source: x, target: x } } }',
      '1:84 modules.a.settings.target: expected another value, found the value for the source again',
    ],
    [
      'modules: { a: { service: a, settings: { file: /a, format: env, key: K, source: orion-a-group-go } } }',
      '1:29 modules.a.settings.target: expected another value, found the value for the source again',
    ],
    [
      'modules: { a: { service: a, settings: { file: /a, format: env, key: K } } }\npublishers: { p: { service: a, settings: [ { file: /b, format: env, key: K, source: x, target: y }, { file: /a, format: env, key: K, source: x, target: y } ] } }',
      '2:101 publishers.p.settings[1]: expected a file and key of its own, found one that module a has already',
    ],
    [
      'thresholds: { lag: { target: 100, alert: 50 } }',
      '1:42 thresholds.lag.alert: expected an alert not below the target of 100, found 50',
    ],
    [
      'thresholds:\n  memory: { target: 1GB }',
      '2:3 thresholds.memory.alert: expected an alert not below the target of 1GB, found 150MB',
    ],
    [
      'thresholds: { health: { target: 98% } }',
      '1:15 thresholds.health.alert: expected an alert not above the target of 98%, found 99%',
    ],
    [
      'target: { url: "http://a:99999" }',
      '1:16 target.url: expected a URL http://host:port, found one with a host or port that cannot be',
    ],
    [
      'source: { group: "{modul}-x" }',
      '1:18 source.group: expected no template but {module}, {service}, found {modul}',
    ],
    [
      'source: { group: "{constructor}" }',
      '1:18 source.group: expected no template but {module}, {service}, found {constructor}',
    ],
    [
      'source: { log: "/var/{module}.log" }',
      '1:16 source.log: expected no template, found {module}',
    ],
    [
      'target: { log: "/var/{module}.log" }',
      '1:16 target.log: expected no template but {service}, found {module}',
    ],
    [
      'modules: { a: { service: "{service}", settings: { file: /a, format: env, key: K } } }',
      '1:26 modules.a.service: expected no template but {module}, found {service}',
    ],
    [
      'modules: { a: { service: a, settings: [ { file: "/{typ}", format: env, key: K } ] } }',
      '1:49 modules.a.settings[0].file: expected no template but {module}, {service}, found {typ}',
    ],
    [
      'logs: { critical: "(" }',
      '1:19 logs.critical: expected a regular expression, found Invalid regular expression: /(/: Unterminated group',
    ],
    ['watch: { keep: 6d }', '1:16 watch.keep: expected at least the longest soak, found 6d'],
    [
      'watch: { metrics: "[::1]:65536" }',
      '1:19 watch.metrics: expected a port up to 65535, found [::1]:65536',
    ],
    [
      'services: { driver: command, start: [a], stop: [b, "{module}"], status: [c] }',
      '1:52 services.stop[1]: expected {service} alone, found {module}',
    ],
  ])('%j', async (yaml, line) => {
    expect(await room.mistakes(yaml)).toEqual([line]);
  });

  it('is told together with a key too many, but not below a wrong shape', async () => {
    const same = 'target: { name: python';
    expect(await room.mistakes(`${same}, colour: red }`)).toHaveLength(2);
    expect(await room.mistakes(`${same}, resumesPending: 1 }`)).toHaveLength(1);
  });

  it('lets a module publish through its own service', async () => {
    const publishers =
      'publishers: { memory: { service: orion-memory, settings: { file: /m.env, format: env, key: B, source: x, target: y } } }';
    const config = await room.load(`modules: { ${MEMORY} }\n${publishers}`);
    expect(config.publishers[0]?.service).toBe(config.modules[0]?.service);
  });
});
