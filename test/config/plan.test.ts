import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultStateDirectory } from '../../src/config/state-directory.js';
import { groupOf } from '../../src/facts/index.js';
import { configRoom, MEMORY } from './room.js';

const room = configRoom();

const COMMANDER = `
source: { group: "{service}/old", log: "log/{service}.log", service: py }
modules:
  commander:
    service: orion-{module}
    log: log/{service}.log
    subscribes: [decision, approval_decision, outcome]
    groups:
      decision: { source: commander, target: commander-go }
      approval_decision: { source: "{module}-approval" }
    settings:
      - { file: "etc/{module}.env", format: env, key: DECISIONS, type: decision }
      - { file: "etc/{module}.env", format: env, key: APPROVALS, type: approval_decision }
      - { file: "/etc/{service}.yaml", format: yaml, key: "bus.{module}.group" }
      - { file: /etc/x.conf, format: text, source: 'group={module} {"a": {b}}', target: "group={service}" }
    tests:
      command: [awk, "{print}", "{module}"]
      cwd: tests
      env: { ORION_BUS_GROUP: "{module}-scratch" }
publishers:
  edge: { service: "orion-{module}", settings: { file: "{service}.json", format: json, key: bus, source: "{module}", target: go } }
`;

describe('a template', () => {
  it('is filled in for each module, each path from the directory of the file', async () => {
    const { source, modules, publishers } = await room.load(COMMANDER);
    const at = (path: string): string => join(room.directory, path);
    expect(source.log).toBe(at('log/py.log'));
    expect(modules).toEqual([
      {
        name: 'commander',
        risk: 'medium',
        service: 'orion-commander',
        log: at('log/orion-commander.log'),
        subscribes: ['decision', 'approval_decision', 'outcome'],
        groups: {
          source: 'orion-commander/old',
          target: 'orion-commander-group-go',
          byType: {
            decision: { source: 'commander', target: 'commander-go' },
            approval_decision: { source: 'commander-approval', target: 'orion-commander-group-go' },
          },
        },
        settings: [
          {
            file: at('etc/commander.env'),
            format: 'env',
            key: 'DECISIONS',
            source: 'commander',
            target: 'commander-go',
            type: 'decision',
          },
          {
            file: at('etc/commander.env'),
            format: 'env',
            key: 'APPROVALS',
            source: 'commander-approval',
            target: 'orion-commander-group-go',
            type: 'approval_decision',
          },
          {
            file: '/etc/orion-commander.yaml',
            format: 'yaml',
            key: 'bus.commander.group',
            source: 'orion-commander/old',
            target: 'orion-commander-group-go',
            type: null,
          },
          {
            file: '/etc/x.conf',
            format: 'text',
            key: null,
            source: 'group=commander {"a": {b}}',
            target: 'group=orion-commander',
            type: null,
          },
        ],
        tests: {
          command: ['awk', '{print}', 'commander'],
          cwd: at('tests'),
          env: { ORION_BUS_GROUP: 'commander-scratch' },
        },
      },
    ]);
    expect(publishers).toEqual([
      {
        name: 'edge',
        service: 'orion-edge',
        publishesAs: 'orion-edge',
        settings: [
          {
            file: at('orion-edge.json'),
            format: 'json',
            key: 'bus',
            source: 'edge',
            target: 'go',
            type: null,
          },
        ],
      },
    ]);
  });

  it('gives the groups that a plan is asked for', async () => {
    const [commander] = (await room.load(COMMANDER)).modules;
    if (commander === undefined) throw new Error('no module');
    expect(groupOf(commander, 'decision', 'target')).toBe('commander-go');
    expect(groupOf(commander, 'outcome', 'source')).toBe('orion-commander/old');
  });
});

describe('modules', () => {
  it('stand in the order of the file', async () => {
    const entries = ['zeta', 'memory', 'alpha'].map(
      (name) =>
        `  ${name}: { service: ${name}, settings: { file: /${name}, format: env, key: G } }`,
    );
    const { modules } = await room.load(`modules:\n${entries.join('\n')}`);
    expect(modules.map(({ name }) => name)).toEqual(['zeta', 'memory', 'alpha']);
  });

  it('have a journal as their log by that word alone', async () => {
    const withLog = (log: string) => MEMORY.replace('{ service', `{ log: ${log}, service`);
    const log = async (text: string) =>
      (await room.load(`modules: { ${withLog(text)} }`)).modules[0]?.log;
    expect(await log('journal')).toBe('journal');
    expect(await log('./journal')).toBe(join(room.directory, 'journal'));
    expect(await log('null')).toBeNull();
  });
});

describe('services by command', () => {
  it('keep {service} for the room that fills it in', async () => {
    const { services } = await room.load(
      'services: { driver: command, start: [svc, up, "{service}"], stop: [svc, "{x}"], status: [s], is-enabled: [e], hold: [h], stopTimeout: 2m }',
    );
    expect(services).toEqual({
      driver: 'command',
      start: ['svc', 'up', '{service}'],
      stop: ['svc', '{x}'],
      status: ['s'],
      pid: null,
      enable: null,
      disable: null,
      isEnabled: ['e'],
      hold: ['h'],
      release: null,
      stopTimeoutMs: 120_000,
    });
  });
});

describe('directories', () => {
  it('are taken from the directory of the file, the environment from the working directory', async () => {
    const yaml = 'contracts: ./c\nstateDir: ../state';
    const fromFile = await room.load(yaml);
    expect(fromFile.contracts).toBe(join(room.directory, 'c'));
    expect(fromFile.stateDir).toBe(join(room.directory, '../state'));
    const env = { ORION_BUS_STATE_DIR: 'elsewhere' };
    expect((await room.load(yaml, { env })).stateDir).toBe('/elsewhere');
    expect((await room.load(yaml, { env: { ORION_BUS_STATE_DIR: '' } })).stateDir).toBe(
      fromFile.stateDir,
    );
  });

  it('have the state where this user may write it', async () => {
    const missing = join(room.directory, 'missing');
    const env = { XDG_STATE_HOME: '/home/o/.state', HOME: '/home/o' };
    const host = { isRoot: false, env, systemDirectory: missing };
    expect(await defaultStateDirectory({ ...host, isRoot: true })).toBe(missing);
    expect(await defaultStateDirectory({ ...host, systemDirectory: room.directory })).toBe(
      room.directory,
    );
    expect(await defaultStateDirectory(host)).toBe('/home/o/.state/orion-bus');
    expect(await defaultStateDirectory({ ...host, env: { HOME: '/home/o' } })).toBe(
      '/home/o/.local/state/orion-bus',
    );
    const relative = { ...env, XDG_STATE_HOME: 'state' };
    expect(await defaultStateDirectory({ ...host, env: relative })).toBe(
      '/home/o/.local/state/orion-bus',
    );
  });
});
