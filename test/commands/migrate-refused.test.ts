import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lease } from '../../src/journal/index.js';
import { type JsonObject, systemClock } from '../../src/problems/index.js';
import { reader } from '../migration/reader.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard } from '../migration/yard.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;
let yard: Yard;
let tool: Tool;

beforeAll(async () => {
  cli = await buildCli();
  yard = await openYard(cli.root);
  tool = new Tool(cli, yard);
  await yard.start('commander');
  await yard.start('memory');
});
afterAll(async () => {
  await yard.end();
  await cli.remove();
});

interface Refusal {
  readonly args?: readonly string[];
  readonly code: number;
  /** What an operator must find in the answer. */
  readonly says: readonly (string | RegExp)[];
  /** The next command named. */
  readonly next?: string | RegExp;
  /** Makes the fault; returns what takes it away again. */
  readonly make?: () => Promise<() => Promise<unknown>>;
}

const COMMANDER = ['migrate', 'commander', '--yes', ...PAST_PHASE1];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a module nobody knows': {
    args: ['migrate', 'comander'],
    code: 64,
    says: ['There is no module comander', 'commander, memory'],
    next: 'orion-bus migrate commander',
  },
  'a flag nobody knows': { args: [...COMMANDER, '--force'], code: 64, says: ['--force'] },
  'a gate nobody knows': {
    args: ['migrate', 'commander', '--yes', '--override', 'weather', '--reason', 'x'],
    code: 64,
    says: ['weather'],
  },
  'a gate that may not be passed': {
    args: ['migrate', 'commander', '--yes', '--override', 'halt', '--reason', 'x'],
    code: 64,
    says: ['halt'],
  },
  'an override without a reason': {
    args: ['migrate', 'commander', '--yes', '--override', 'phase1'],
    code: 64,
    says: ['--reason'],
  },
  'a gate that does not pass': {
    args: ['migrate', 'commander', '--yes'],
    code: 1,
    says: ['phase 1 was never started'],
  },
  'a module out of order': {
    args: ['migrate', 'memory', '--yes', ...PAST_PHASE1],
    code: 1,
    says: ['order', 'commander must be moved before memory', 'orion-bus migrate commander'],
  },
  'nobody to ask': {
    args: ['migrate', 'commander', ...PAST_PHASE1],
    code: 1,
    says: ['stop orion-commander', 'not confirmed'],
    next: 'orion-bus migrate commander --yes',
  },
  'settings without the expected value': {
    code: 1,
    says: ['ORION_DECISION_GROUP', 'commander.env', 'commander or commander-go: elsewhere'],
    next: /orion-bus/,
    make: async () => {
      const file = yard.host.paths.settingsFile('commander');
      return edited(file, (text) => text.replace('=commander\n', '=elsewhere\n'));
    },
  },
  'settings that cannot be written': {
    code: 1,
    says: ['commander.env'],
    make: async () => {
      const file = yard.host.paths.settingsFile('commander');
      await chmod(file, 0o440);
      return () => chmod(file, 0o640);
    },
  },
  'settings that are not there': {
    code: 1,
    says: ['commander.env'],
    make: async () => {
      const file = yard.host.paths.settingsFile('commander');
      await rename(file, `${file}.away`);
      return () => rename(`${file}.away`, file);
    },
  },
  'a target bus that is not healthy': {
    code: 1,
    says: ['target bus go', 'is not healthy'],
    make: async () => {
      await yard.host.units.kill('orion-bus-go');
      return () => yard.host.startTarget();
    },
  },
  'a module that is down': {
    code: 1,
    says: ['orion-commander', 'not active', '--start'],
    next: 'orion-bus migrate commander --start',
    make: async () => {
      await yard.host.units.stop('orion-commander');
      return () => yard.start('commander');
    },
  },
  'a module that is down while messages wait': {
    code: 1,
    says: ['orion-commander', 'not active', '--start'],
    next: 'orion-bus migrate commander --start',
    make: async () => {
      await yard.host.units.stop('orion-commander');
      await yard.feeder.publish('approval_decision', 3);
      return async () => {
        await yard.start('commander');
        await yard.settled('commander');
      };
    },
  },
  'a missing group': {
    code: 3,
    says: ['orion:decisions has no group source of commander', '--missing-group beginning'],
    make: () => withoutGroups(['orion:decisions', 'commander']),
  },
  'groups that are all missing': {
    code: 3,
    says: ['no stream carries the source group of commander', 'orion-memory-group on orion:events'],
    make: () =>
      withoutGroups(
        ['orion:decisions', 'commander'],
        ['orion:approval_decisions', 'commander-approval'],
      ),
  },
  'a stream that the module is not said to read': {
    args: ['migrate', 'memory', '--yes', ...PAST_PHASE1],
    code: 3,
    says: ['orion:incidents carries the group of memory but is not in its subscribes'],
    make: () =>
      configured(({ memory, commander }) => ({
        memory: { ...memory, subscribes: ['event', 'decision'] },
        commander: commander ?? {},
      })),
  },
  'a stream that the module is said to read, and does not': {
    code: 3,
    says: ['orion:outcomes has no group source of commander'],
    make: () =>
      configured(({ commander }) => ({
        commander: { ...commander, subscribes: ['decision', 'approval_decision', 'outcome'] },
      })),
  },
  'tests that fail': {
    code: 4,
    says: ['The tests of commander did not pass', 'exit code 7', 'two of them are red'],
    next: /--override tests --reason/,
    make: () =>
      configured(({ commander }) => ({
        commander: {
          ...commander,
          tests: { command: ['sh', '-c', 'echo two of them are red; exit 7'], cwd: '/' },
        },
      })),
  },
  'somebody who reads the receiving group': {
    code: 3,
    says: ['forgotten-1', /127\.0\.0\.1:\d+/, 'commander-go'],
    make: async () => {
      await yard.host.redis.command('XGROUP', 'CREATE', 'orion:decisions', 'commander-go', '$');
      const stop = await reader(yard.host, 'orion:decisions', 'commander-go', 'forgotten-1');
      return async () => {
        await stop();
        await yard.host.redis.command('XGROUP', 'DESTROY', 'orion:decisions', 'commander-go');
      };
    },
  },
  'a halt in force': {
    code: 1,
    says: ['halt', 'the disk is on fire'],
    make: async () => {
      expect((await tool.text('halt', '--reason', 'the disk is on fire')).code).toBe(0);
      return () => tool.text('halt', '--clear', '--reason', 'it is out');
    },
  },
  'a lease that a living process holds': {
    code: 1,
    says: ['lease is held by `rollback`', `pid ${process.pid}`],
    next: 'orion-bus status',
    make: async () => {
      const lease = await Lease.acquire({
        link: yard.host.redis,
        prefix: 'orion',
        run: 'another',
        verb: 'rollback',
        clock: systemClock,
        takeOver: 'none',
      });
      return () => lease.release();
    },
  },
};

describe('migrate refuses, and changes nothing:', () => {
  it.each(Object.entries(REFUSALS))('%s', async (_, refusal) => {
    const { args = COMMANDER, code, says, next, make } = refusal;
    const before = await yard.snapshot();
    const unmake = await make?.();
    try {
      const made = await yard.snapshot();
      const answered = await tool.both(...args);
      expect(answered).toMatchObject({ code, document: { ok: false, exitCode: code } });
      for (const words of says) {
        expect(answered.text).toMatch(asPattern(words));
        expect(JSON.stringify(answered.document)).toMatch(asPattern(words));
      }
      const { next: named = [] } = answered.document;
      if (next !== undefined) expect(named).toContainEqual(expect.stringMatching(asPattern(next)));
      expect(named).not.toEqual([]);
      expect(await yard.snapshot()).toEqual(made);
    } finally {
      await unmake?.();
    }
    // A module that was started again has a process of its own.
    if (make === undefined) expect(await yard.snapshot()).toEqual(before);
  });

  it('a dry run answers 0, and says with what the command would end', async () => {
    const before = await yard.snapshot();
    const dry = await tool.both('migrate', 'memory', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.document).toMatchObject({
      wouldExit: 1,
      plan: { module: 'memory', verb: 'migrate' },
    });
    const gates = dry.document['gates'] as { gate: string; verdict: string }[];
    expect(gates.map(({ gate }) => gate)).toEqual([
      'halt',
      'phase1',
      'order',
      'soak',
      'headroom',
      'groups',
      'tests',
      'validate',
    ]);
    expect(gates.find(({ gate }) => gate === 'order')).toMatchObject({ verdict: 'fail' });
    const good = await tool.json('migrate', 'commander', '--dry-run', ...PAST_PHASE1);
    expect(good).toMatchObject({ code: 0, document: { wouldExit: 0 } });
    expect(await yard.snapshot()).toEqual(before);
  });
});

function asPattern(words: string | RegExp): RegExp {
  if (words instanceof RegExp) return words;
  // In a document quotes and backslashes are escaped.
  return new RegExp(words.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

async function edited(
  file: string,
  change: (text: string) => string,
): Promise<() => Promise<unknown>> {
  const before = await readFile(file, 'utf8');
  await writeFile(file, change(before));
  return () => writeFile(file, before);
}

async function configured(
  change: (modules: Record<string, JsonObject>) => Record<string, JsonObject>,
): Promise<() => Promise<unknown>> {
  await yard.configure((config) => ({
    ...config,
    modules: change(config['modules'] as Record<string, JsonObject>),
  }));
  return () => yard.configure();
}

async function withoutGroups(
  ...groups: readonly (readonly [string, string])[]
): Promise<() => Promise<unknown>> {
  for (const at of groups) await yard.host.redis.command('XGROUP', 'DESTROY', ...at);
  return async () => {
    for (const at of groups) await yard.host.redis.command('XGROUP', 'CREATE', ...at, '$');
  };
}
