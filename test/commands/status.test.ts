import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisTimeMs } from '../../src/facts/index.js';
import { Journal, Lease, type NewRecord } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench, SOURCE, TARGET } from './bench.js';

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  bench = await openBench(cli);
});
afterEach(() => bench.close());

const BACK = 'orion-bus rollback --phase 2 --module memory';

interface Case {
  readonly make: (bench: Bench) => Promise<unknown>;
  readonly phase: string;
  /** Of memory and commander. */
  readonly letters: readonly [string, string];
  readonly next: string;
  /** What `next` says of memory. */
  readonly nextOfMemory: string | null;
  /** Words of the page. */
  readonly says: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing was begun': {
    make: async () => undefined,
    phase: 'P0',
    letters: ['S', 'S'],
    next: 'orion-bus phase1 start',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'Gates of memory',
  },
  'phase 1 soaks': {
    make: async (at) => finished(at, 'phase1-start', null),
    phase: 'P1',
    letters: ['S', 'S'],
    next: 'orion-bus migrate memory',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'phase 1 soaks',
  },
  'a migration is not finished': {
    make: (at) => record(at, [started('migrate', 'memory')]),
    phase: 'P2',
    letters: ['M', 'S'],
    next: 'orion-bus migrate memory',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'memory: the migration run-1 is not finished',
  },
  'a migration is not finished, and a halt is in force': {
    make: async (at) => {
      await record(at, [started('migrate', 'memory')]);
      await halt(at);
    },
    phase: 'P2',
    letters: ['M', 'S'],
    next: BACK,
    nextOfMemory: 'orion-bus migrate memory',
    says: 'by hand',
  },
  'a rollback is not finished': {
    make: (at) => record(at, [started('rollback', 'memory')]),
    phase: 'P2',
    letters: ['B', 'S'],
    next: BACK,
    nextOfMemory: BACK,
    says: 'open run  rollback of memory, run-1',
  },
  'an undo failed': {
    make: (at) =>
      record(at, [
        started('migrate', 'memory'),
        { ...started('migrate', 'memory'), type: 'step.intended', step: 'stop', data: {} },
        { ...ended, data: { outcome: 'failed', undo: 'failed' } },
      ]),
    phase: 'P2',
    letters: ['X', 'S'],
    next: BACK,
    nextOfMemory: BACK,
    says: 'it may be down',
  },
  'memory soaks': {
    make: (at) => moved(at),
    phase: 'P2',
    letters: ['T', 'S'],
    next: 'orion-bus migrate commander',
    nextOfMemory: null,
    says: 'Gates of commander',
  },
  'every soak is over': {
    make: async (at) => {
      await at.configure({ soak: { phase1: '1ms', module: '1ms', burnIn: '1ms' } });
      await moved(at);
      await finished(at, 'migrate', 'commander');
      await at.setting('commander', TARGET.commander);
    },
    phase: 'P2✓',
    letters: ['T✓', 'T✓'],
    next: 'orion-bus phase3 cutover',
    nextOfMemory: null,
    says: 'every soak is over',
  },
  'the settings were changed by hand': {
    make: (at) => at.setting('memory', TARGET.memory),
    phase: 'P2',
    letters: ['D', 'S'],
    next: BACK,
    nextOfMemory: BACK,
    says: 'its settings point to the target, the journal says source',
  },
  'the settings cannot be read': {
    make: (at) => at.setting('memory', 'another'),
    phase: 'P0',
    letters: ['D', 'S'],
    next: BACK,
    nextOfMemory: BACK,
    says: 'its settings cannot be read',
  },
  'a halt is in force': {
    make: (at) => halt(at),
    phase: 'P0',
    letters: ['S', 'S'],
    next: 'orion-bus halt --clear --reason TEXT',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'halt      by hand',
  },
  'the journal is damaged': {
    make: async (at) => {
      await mkdir(at.stateDir, { recursive: true });
      await writeFile(join(at.stateDir, 'journal.ndjson'), 'nothing of ours\n');
    },
    phase: 'P0',
    letters: ['S', 'S'],
    next: 'orion-bus journal verify',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'is damaged',
  },
  'another journal is the memory': {
    make: async ({ redis: { link } }) => {
      const fields = ['journal', 'other', 'host', 'elsewhere', 'stateDir', '/there', 'seq', 1];
      await link.command('HSET', 'orion:orion-bus:state', ...fields, 'hash', 'x');
    },
    phase: 'P0',
    letters: ['S', 'S'],
    next: 'orion-bus journal adopt',
    nextOfMemory: 'orion-bus migrate memory',
    says: 'the one in /there on elsewhere',
  },
};

describe('status', () => {
  it.each(Object.entries(CASES))('%s', async (_, expected) => {
    await expected.make(bench);
    const { code, json, text } = await bench.both('status');
    expect(code).toBe(0);
    expect(json).toMatchObject({ v: 1, phase: expected.phase, next: [expected.next] });
    expect(json.modules.map(({ letter }: { letter: string }) => letter)).toEqual(expected.letters);
    expect(json.modules[0].next).toBe(expected.nextOfMemory);
    expect(json.modules[0].back).toBe(expected.letters[0] === 'S' ? null : BACK);
    expect(text.replaceAll(/\n +/g, ' ')).toContain(expected.says);
    expect(text).toContain(`  next: ${expected.next}\n`);
    expect(text).toContain(`${expected.phase}: `);
  });

  it('shows every gate of the next module with what it rests on', async () => {
    await moved(bench);
    const { json, text } = await bench.both('status');
    expect(json.gates.module).toBe('commander');
    const names = json.gates.results.map(({ gate }: { gate: string }) => gate);
    expect(names).toEqual([
      'halt',
      'phase1',
      'order',
      'soak',
      'headroom',
      'groups',
      'tests',
      'validate',
    ]);
    for (const name of names) expect(text).toMatch(new RegExp(` ${name}: `));
    const soak = json.gates.results[3];
    expect(soak).toMatchObject({ verdict: 'fail', evidence: { lengthMs: 86_400_000 } });
    expect(json.modules[0].soakLeftMs).toBeGreaterThan(86_000_000);
    expect(text).toMatch(/memory +T {2}soaking +target +nobody seen +23 h 59 m/);
  });

  it('tells what a rollback by hand would re-deliver, what pins it, and what watch will do', async () => {
    await moved(bench);
    const { link } = bench.redis;
    const [first = '', ...others] = await bench.publish('event', 150);
    await link.command(
      ...['XREADGROUP', 'GROUP', TARGET.memory, 'c1', 'COUNT', 150, 'STREAMS', 'orion:events', '>'],
    );
    await link.command('XACK', 'orion:events', TARGET.memory, ...others);
    await writeFile(
      join(bench.stateDir, 'watch.json'),
      JSON.stringify({ v: 1, raised: [], warm: { [`orion:events ${SOURCE.memory}`]: 'drift' } }),
    );
    await halt(bench);
    const due = Date.parse('2030-01-01T00:00:00Z');
    const announced = ['rollback.command', BACK, 'rollback.due', due];
    await link.command('HSET', 'orion:orion-bus:state', ...announced);
    const { json, text } = await bench.both('status');
    expect(json.modules[0].redelivery).toEqual({
      count: 149,
      streams: [{ stream: 'orion:events', count: 149, pinnedBy: [first] }],
      drifting: [`orion:events ${SOURCE.memory}`],
    });
    expect(json.modules[1].redelivery).toBeNull();
    expect(json.announced).toEqual({
      command: BACK,
      dueAt: '2030-01-01T00:00:00.000Z',
      begunAt: null,
    });
    const page = text.replaceAll(/\n +/g, ' ');
    expect(page).toContain('memory: a rollback by hand would re-deliver 149');
    expect(page).toContain(`orion:events is pinned by ${first}`);
    expect(page).toContain(`${SOURCE.memory} was moved by somebody else`);
    expect(page).toContain(`at 2030-01-01T00:00:00.000Z watch carries out: ${BACK}`);
  });

  it('names the holder of the lease', async () => {
    const lease = await Lease.acquire({
      link: bench.redis.link,
      prefix: 'orion',
      run: 'run-9',
      verb: 'migrate',
      clock: systemClock,
      takeOver: 'none',
    });
    const { json, text } = await bench.both('status');
    await lease.release();
    expect(json.lease.holder).toMatchObject({ run: 'run-9', verb: 'migrate', pid: process.pid });
    expect(text).toContain(`pid ${process.pid}, runs out in `);
  });

  it('says what journal and settings tell while Redis is down', async () => {
    await moved(bench);
    await bench.redis.kill();
    const { code, json, text, said } = await bench.both('status');
    expect(code).toBe(1);
    expect(json).toMatchObject({
      ok: false,
      exitCode: 1,
      at: null,
      phase: 'P2',
      halt: null,
      lease: null,
      gates: null,
      error: { code: 'redis.unreachable' },
      modules: [
        { letter: 'T', soakLeftMs: null, readers: null, settings: { side: 'target' } },
        { letter: 'S', next: 'orion-bus migrate commander' },
      ],
      next: ['orion-bus validate'],
    });
    expect(text).toMatch(/memory +T {2}soaking +target +- +-\n/);
    expect(said).toContain('does not answer');
  });
});

const started = (verb: string, module: string | null): NewRecord => ({
  type: 'run.started',
  run: 'run-1',
  data: { verb, module },
  redisAt: null,
});

const ended: NewRecord = {
  type: 'run.finished',
  run: 'run-1',
  data: { outcome: 'done', undo: 'none' },
  redisAt: null,
};

/** A run that ended well, with flow passed just now. */
async function finished(at: Bench, verb: string, module: string | null): Promise<void> {
  const run = `run-${verb}-${module}`;
  const sinceMs = await redisTimeMs(at.redis.link);
  await record(
    at,
    [
      started(verb, module),
      { type: 'step.done' as const, run, step: 'soak', data: { sinceMs }, redisAt: null },
      ended,
    ].map((each) => ({ ...each, run })),
  );
}

async function moved(at: Bench): Promise<void> {
  await finished(at, 'migrate', 'memory');
  await at.redis.link.command('XGROUP', 'CREATE', 'orion:events', TARGET.memory, '$');
  await at.setting('memory', TARGET.memory);
}

async function halt({ redis: { link } }: Bench): Promise<void> {
  await link.command('HSET', 'orion:orion-bus:state', 'halt.reason', 'by hand');
}

async function record({ stateDir }: Bench, records: readonly NewRecord[]): Promise<void> {
  const journal = await Journal.open(stateDir, { clock: systemClock });
  for (const each of records) await journal.append(each);
  await journal.close();
}
