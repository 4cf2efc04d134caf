import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Config, configSchema, loadConfig } from '../../src/config/index.js';
import type { Plan } from '../../src/facts/index.js';
import type { ServicesOptions } from '../../src/services/index.js';
import { configRoom } from './room.js';

const room = configRoom();

const withoutFile = (): Promise<Config> =>
  loadConfig({
    env: { ORION_BUS_STATE_DIR: '/var/lib/lab' },
    cwd: room.directory,
    packageRoot: '/opt/orion-bus',
  });

describe('what is not stated', () => {
  it('fits what the rooms above take', () => {
    expectTypeOf<Config>().toExtend<Plan>();
    expectTypeOf<Config['services']>().toExtend<ServicesOptions>();
  });

  it('is the ORION plan where there is no file', async () => {
    const { modules, publishers, ...rest } = await withoutFile();
    expect(rest).toEqual({
      file: null,
      redis: {
        url: 'redis://127.0.0.1:6379',
        username: null,
        password: null,
        log: '/var/log/redis/redis-server.log',
      },
      streams: { prefix: 'orion', maxLength: 10_000 },
      contracts: '/opt/orion-bus/contracts',
      stateDir: '/var/lib/lab',
      services: { driver: 'systemd', scope: 'system', stopTimeoutMs: 95_000 },
      source: {
        name: 'python',
        service: 'orion-bus-python',
        resumesPending: false,
        log: '/var/log/orion-bus-python.log',
        url: null,
      },
      target: {
        name: 'go',
        service: 'orion-bus-go',
        resumesPending: false,
        log: '/var/log/orion-bus-go.log',
        url: 'http://127.0.0.1:8080',
        ...{ unit: null, build: null, tests: null },
      },
      archive: null,
      thresholds: {
        lag: { target: 100, alert: 1_000, sustainedMs: 300_000 },
        memory: { targetBytes: 104_857_600, alertBytes: 157_286_400, sustainedMs: 300_000 },
        contractErrors: 0.01,
        errorIncrease: 0.5,
        health: { target: 1, alert: 0.99 },
        latencyP95Ms: 10,
      },
      soak: { phase1Ms: 604_800_000, moduleMs: 86_400_000, burnInMs: 604_800_000 },
      handoff: {
        probe: true,
        expectedPauseMs: 5_000,
        readBlockMs: 1_000,
        batch: 10,
        flowWaitMs: 30_000,
      },
      logs: {
        error: '\\b(?:ERROR|CRITICAL|FATAL|Traceback|Unhandled)\\b',
        critical: '\\b(?:CRITICAL|FATAL)\\b',
      },
      watch: {
        everyMs: 10_000,
        keepMs: 3_024_000_000,
        graceMs: 300_000,
        metrics: { host: '127.0.0.1', port: 9465 },
      },
    });
    expect(modules.map(({ name, risk }) => `${name} ${risk}`)).toEqual([
      'memory low',
      'guardian medium',
      'brain high',
      'commander high',
      'approval medium',
    ]);
    expect(modules[2]).toEqual({
      name: 'brain',
      risk: 'high',
      service: 'orion-brain',
      log: '/var/log/orion-brain.log',
      settings: [
        {
          file: '/etc/orion/brain.env',
          format: 'env',
          key: 'ORION_BUS_GROUP',
          source: 'orion-brain-group',
          target: 'orion-brain-group-go',
          type: null,
        },
      ],
      tests: {
        command: ['pytest', 'tests/integration/test_bus_integration.py', '-v'],
        cwd: '/home/orion/orion/orion-brain',
        env: {},
      },
      subscribes: null,
      groups: { source: 'orion-brain-group', target: 'orion-brain-group-go', byType: {} },
    });
    expect(publishers.map(({ name, service }) => [name, service])).toEqual([
      ['brain', 'orion-brain'],
      ['guardian', 'orion-guardian'],
      ['commander', 'orion-commander'],
      ['edge-agent', 'orion-edge-agent'],
      ['approval', 'orion-approval'],
    ]);
    expect(publishers[3]?.settings).toEqual([
      {
        file: '/etc/orion/edge-agent.env',
        format: 'env',
        key: 'ORION_BUS',
        source: 'python',
        target: 'go',
        type: null,
      },
    ]);
  });

  it.each(['', '# nothing but a comment\n', '{}'])('is no module in the file %j', async (yaml) => {
    const orion = await withoutFile();
    const { file, modules, publishers, ...rest } = await room.load(yaml, {
      env: { ORION_BUS_STATE_DIR: '/var/lib/lab' },
    });
    const { file: _file, modules: _modules, publishers: _publishers, ...defaults } = orion;
    expect(file).toBe(room.file);
    expect(modules).toEqual([]);
    expect(publishers).toEqual([]);
    expect(rest).toEqual(defaults);
  });

  it.each<[yaml: string, read: (config: Config) => unknown, expected: unknown]>([
    ['redis: { username: u }', ({ redis }) => redis.url, 'redis://127.0.0.1:6379'],
    ['streams: { prefix: lab }', ({ streams }) => streams, { prefix: 'lab', maxLength: 10_000 }],
    [
      'services: { scope: user }',
      ({ services }) => services,
      { driver: 'systemd', scope: 'user', stopTimeoutMs: 95_000 },
    ],
    [
      'thresholds: { lag: { target: 5 } }',
      ({ thresholds }) => [thresholds.lag, thresholds.contractErrors],
      [{ target: 5, alert: 1_000, sustainedMs: 300_000 }, 0.01],
    ],
    [
      'thresholds: { health: { alert: 98.5% } }',
      ({ thresholds }) => thresholds.health.alert,
      0.985,
    ],
    [
      'thresholds: { memory: { target: 512KB, alert: 1048576 } }',
      ({ thresholds }) => thresholds.memory,
      { targetBytes: 524_288, alertBytes: 1_048_576, sustainedMs: 300_000 },
    ],
    [
      'thresholds: { memory: { target: "7", alert: 2GB } }',
      ({ thresholds }) => thresholds.memory,
      { targetBytes: 7, alertBytes: 2 ** 31, sustainedMs: 300_000 },
    ],
    ['soak: { module: 250ms }', ({ soak }) => [soak.moduleMs, soak.burnInMs], [250, 604_800_000]],
    ['handoff: { flowWait: 0s }', ({ handoff }) => [handoff.flowWaitMs, handoff.batch], [0, 10]],
    [
      'watch: { metrics: off, every: 5s }',
      ({ watch }) => [watch.metrics, watch.everyMs],
      [null, 5_000],
    ],
    ['watch: { metrics: "[::1]:80" }', ({ watch }) => watch.metrics, { host: '::1', port: 80 }],
    ['redis: { log: null }', ({ redis }) => redis.log, null],
    ['target: { name: rust }', ({ target }) => target.service, 'orion-bus-go'],
    ['target: { url: http://a:1/b/ }', ({ target }) => target.url, 'http://a:1/b'],
    ['target: { service: null }', ({ target }) => target.service, null],
    ['target: { log: journal }', ({ target }) => target.log, 'journal'],
    [
      `modules: { ${'memory: { service: m, settings: { file: /m, format: env, key: G } }'} }`,
      ({ modules }) => [modules[0]?.risk, modules[0]?.log, modules[0]?.tests],
      ['medium', null, null],
    ],
  ])('defaults by itself beside %s', async (yaml, read, expected) => {
    expect(read(await room.load(yaml))).toEqual(expected);
  });

  it('names a source bus without a service where the section leaves it out', async () => {
    expect((await room.load('source: { name: python }')).source.service).toBeNull();
    expect((await room.load('streams: { prefix: lab }')).source.service).toBe('orion-bus-python');
  });

  it('is frozen all the way down', async () => {
    const config = await room.load('redis: { password: "p" }\nmodules: { }');
    const parts: unknown[] = [config];
    for (const part of parts) {
      if ((typeof part !== 'object' && typeof part !== 'function') || part === null) continue;
      expect(Object.isFrozen(part)).toBe(true);
      parts.push(...Object.values(part));
    }
    expect(parts.length).toBeGreaterThan(40);
  });

  it('stands in the schema, which is closed and a JSON document', () => {
    expect(JSON.parse(JSON.stringify(configSchema))).toEqual(configSchema);
    expect(new Ajv2020({ strict: false }).validateSchema(configSchema)).toBe(true);
    expect(configSchema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
    });
  });
});
