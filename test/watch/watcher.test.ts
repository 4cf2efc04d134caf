import { appendFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSamples } from '../../src/evidence/index.js';
import type { Plan } from '../../src/facts/index.js';
import { clearHalt, Journal, ownIdentity, raiseHalt, readShared } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { RedisLink } from '../../src/redis/index.js';
import { driftingGroups, readWatchMemory } from '../../src/steps/index.js';
import { type CarryOutRollback, type WatchEvent, watch } from '../../src/watch/index.js';
import { Watcher } from '../../src/watch/watcher.js';
import { SOURCE, TARGET, World } from '../steps/step-rig.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;
let world: World;
let events: WatchEvent[];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  events = [];
  await world.fill(5, { groups: [SOURCE, TARGET] });
  await writeFile(world.logFile, '');
  await onTarget();
});

/** The journal of a module that was moved a moment ago. */
async function onTarget(): Promise<void> {
  await world.point(TARGET);
  await world.make('up');
  const journal = await Journal.open(world.plan.stateDir, { clock: systemClock });
  const run = 'r1';
  const redisAt = Date.now();
  const data = { verb: 'migrate', module: 'memory' };
  await journal.append({ type: 'run.started', run, data, redisAt });
  const soak = { sinceMs: redisAt };
  await journal.append({ type: 'step.done', run, step: 'begin-soak', data: soak, redisAt });
  const ended = { outcome: 'done', undo: 'none' };
  await journal.append({ type: 'run.finished', run, data: ended, redisAt });
  await journal.close();
}

interface Setup {
  readonly plan?: Partial<Plan>;
  readonly autoRollback?: CarryOutRollback;
  readonly serves?: boolean;
  readonly redis?: () => Promise<RedisLink>;
}

function optionsOf({ plan, autoRollback, serves = true, redis }: Setup = {}) {
  return {
    context: {
      plan: { ...world.plan, ...plan },
      services: world.services,
      contracts: world.context().contracts,
      clock: systemClock,
      redis: async () => ({
        link: (await redis?.()) ?? world.redis,
        capabilities: world.capabilities,
      }),
    },
    autoRollback: autoRollback ?? null,
    serves,
    say: (event: WatchEvent) => void events.push(event),
  };
}

const told = (type: WatchEvent['type']) => events.filter((event) => event.type === type);
const shared = () => readShared(world.redis, world.prefix);
const clear = () => clearHalt(world.redis, world.prefix);
const fail = () => appendFile(world.logFile, 'CRITICAL it acts twice\n');
const grace = (graceMs: number) => ({ plan: { watch: { ...world.plan.watch, graceMs } } });

describe('an emergency', () => {
  it('raises a halt, once for each time that it begins', async () => {
    const watcher = await Watcher.open(optionsOf());
    expect((await watcher.round()).emergency?.holding).toEqual([]);
    await fail();
    await watcher.round();
    const reason = expect.stringContaining('critical');
    const by = expect.stringContaining('watch@');
    expect((await shared()).halt).toMatchObject({ reason, by });
    await watcher.round();
    expect(told('halt.raised')).toMatchObject([{ raised: true, reason }]);
    // It holds on, and an operator who has seen it decides to go on all the same.
    await clear();
    await watcher.round();
    await (await Watcher.open(optionsOf())).round();
    expect((await shared()).halt).toBeNull();
    expect(told('halt.raised')).toHaveLength(1);
    // Nothing is done by itself on a halt where nobody asked for it.
    expect(await shared()).toMatchObject({ announced: null });
  });

  it('is told by what another process had sampled', async () => {
    await (await Watcher.open(optionsOf({ serves: false }))).round();
    await fail();
    const { emergency } = await (await Watcher.open(optionsOf({ serves: false }))).round();
    expect(emergency?.holding).toMatchObject([{ issue: 'processing-errors', verdict: 'fail' }]);
  });

  it('leaves a halt as it is that is in force already', async () => {
    const given = { reason: 'by hand', by: 'me', at: new Date().toISOString() };
    await raiseHalt(world.redis, world.prefix, given);
    const watcher = await Watcher.open(optionsOf());
    await watcher.round();
    await fail();
    await watcher.round();
    expect((await shared()).halt).toMatchObject({ reason: 'by hand' });
    expect(told('halt.raised')).toEqual([]);
  });

  it('that nobody can tell raises nothing', async () => {
    const watcher = await Watcher.open(optionsOf());
    await watcher.round();
    // One error without a baseline: more than expected, and few.
    await appendFile(world.logFile, 'ERROR one\n');
    const { emergency } = await watcher.round();
    expect(emergency?.inDoubt.map(({ issue }) => issue)).toContain('processing-errors');
    expect((await shared()).halt).toBeNull();
  });
});

describe('the rollback by itself', () => {
  const rollback = { phase: 2, module: 'memory' };
  const command = 'orion-bus rollback --phase 2 --module memory';
  let done: object[];
  const autoRollback: CarryOutRollback = async (given) => {
    done.push(given);
    return { exitCode: 0, text: 'done' };
  };

  beforeEach(() => {
    done = [];
  });

  it('is carried out once, also by two watchers', async () => {
    const one = await Watcher.open(optionsOf({ ...grace(0), autoRollback }));
    await one.round();
    await fail();
    await one.round();
    await one.round();
    await (await Watcher.open(optionsOf({ ...grace(0), autoRollback }))).round();
    expect(done).toEqual([rollback]);
    expect(events.map(({ type }) => type).filter((type) => type !== 'sampled')).toEqual([
      ...['halt.raised', 'rollback.announced', 'rollback.begun', 'rollback.ended'],
    ]);
    expect((await shared()).announced).toMatchObject({
      command,
      begunAt: expect.stringMatching(/Z$/),
    });
  });

  it('waits for its grace, announced, and is called off with the halt', async () => {
    const watcher = await Watcher.open(optionsOf({ ...grace(3_600_000), autoRollback }));
    await watcher.round();
    await fail();
    await watcher.round();
    const { announced, halt } = await shared();
    expect(announced).toMatchObject({ command, begunAt: null });
    const dueInMs = Date.parse(announced?.dueAt ?? '') - Date.parse(halt?.redisAt ?? '');
    expect(dueInMs).toBeGreaterThanOrEqual(3_600_000);
    await watcher.round();
    expect(told('rollback.announced')).toHaveLength(1);
    expect((await shared()).announced).toEqual(announced);
    await clear();
    expect((await shared()).announced).toBeNull();
    await watcher.round();
    expect(told('rollback.called-off')).toEqual([{ type: 'rollback.called-off', command }]);
    await watcher.round();
    expect(done).toEqual([]);
  });
});

describe('watching', () => {
  it('goes on without Redis, and says so', async () => {
    const address = { url: 'redis://127.0.0.1:1', username: null, password: null };
    const watcher = await Watcher.open(optionsOf({ redis: () => RedisLink.open(address, 'test') }));
    expect(await watcher.round()).toMatchObject({ sample: { clock: 'host' }, emergency: null });
    expect(told('problem')).toHaveLength(1);
    const found = [];
    const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    for await (const { clock } of readSamples(world.plan.stateDir, range)) found.push(clock);
    expect(found).toEqual(['host']);
  });

  it('keeps the source group near, until somebody else moves it', async () => {
    const watcher = await Watcher.open(optionsOf());
    await watcher.round();
    await world.handle(TARGET, 4);
    await watcher.round();
    expect(await world.group(SOURCE)).toEqual({ cursor: '4-0', pending: [] });
    await world.redis.command('XGROUP', 'SETID', world.stream(), SOURCE, '1-0');
    await world.handle(TARGET, 1);
    const drift = [`${world.stream()} ${SOURCE}`];
    expect((await watcher.round()).drift).toEqual(drift);
    expect(driftingGroups(await readWatchMemory(world.plan.stateDir))).toEqual(drift);
    const later = await Watcher.open(optionsOf());
    await later.round();
    expect(told('drift')).toHaveLength(1);
    expect(await world.group(SOURCE)).toEqual({ cursor: '1-0', pending: [] });
  });

  it('is for one process at a time, whatever a killed one left', async () => {
    const { stateDir } = world.plan;
    const lock = join(stateDir, 'watch.lock');
    const stop = new AbortController();
    const once = { ...optionsOf({ serves: false }), metrics: null, signal: stop.signal };
    await writeFile(lock, JSON.stringify({ ...ownIdentity(), pid: 2 ** 22, processStart: 1 }));
    expect(await watch(once)).toMatchObject({ sample: { clock: 'redis' } });
    // Of another boot of this host, as a power cut leaves it.
    await writeFile(lock, JSON.stringify({ ...ownIdentity(), bootId: 'before' }));
    await watch(once);
    await expect(stat(lock)).rejects.toThrow();
    await writeFile(lock, JSON.stringify({ ...ownIdentity(), host: 'other', bootId: 'other' }));
    expect((await problemOf(watch(once))).code).toBe('watch.running');
    await utimes(lock, 1, 1);
    await watch(once);
    const serving = watch({ ...once, serves: true });
    const before = told('sampled').length;
    while (told('sampled').length < before + 2) await systemClock.sleep(10);
    expect((await problemOf(watch(once))).code).toBe('watch.running');
    stop.abort();
    await serving;
    expect((await readWatchMemory(stateDir)).sampling).toBeNull();
  });

  it('serves what the newest sample says', async () => {
    const stop = new AbortController();
    const metrics = { host: '127.0.0.1', port: 0 };
    const serving = watch({ ...optionsOf(), metrics, signal: stop.signal });
    while (told('sampled').length < 2) await systemClock.sleep(10);
    const [listening] = told('listening');
    const url = listening?.type === 'listening' ? listening.url : '';
    const text = await (await fetch(url)).text();
    expect(text).toContain('\nredis_up 1\n');
    expect(text).toContain(
      `\nredis_stream_group_lag{stream="${world.stream()}",group="${SOURCE}"} 5\n`,
    );
    expect(text).toContain('\norion_module_on_target{module="memory"} 1\n');
    expect(text).not.toContain('\norion_watch_rollback_due_timestamp_seconds ');
    expect((await fetch(url.replace('metrics', 'x'))).status).toBe(404);
    stop.abort();
    await serving;
    await expect(fetch(url)).rejects.toThrow();
  });
});
