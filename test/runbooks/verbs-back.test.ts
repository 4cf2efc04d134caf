import { appendFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Journal, openRun } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import type { Host } from '../../src/runbooks/index.js';
import { SOURCE, TARGET, World } from '../steps/step-rig.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { hostOf, killedAt, migrate, rollback, stateOf } from './verb-rig.js';

/* Every way back ends with a module that runs where its settings say, and that owes what it owed. */

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(() => world.end());

/** The module reads on the source, and has finished ten messages. */
async function running(): Promise<() => Promise<void>> {
  world = await World.on(server);
  await world.fill(10);
  await world.handle(SOURCE, 10);
  await world.make('up');
  return world.reader();
}

async function expectBack(): Promise<void> {
  expect(await stateOf(world)).toBe('source');
  expect(await world.pointsTo()).toBe(SOURCE);
  expect([world.is('up'), world.is('held')]).toEqual([true, false]);
}

describe('a module that was started on the target', () => {
  it('and does not read there is put back', async () => {
    const stop = await running();
    const { run } = await migrate(world, {
      emit: (event) => void (event.type === 'step.started' && event.step === 'stop' && stop()),
    });
    expect(run).toMatchObject({ exitCode: 3, undo: 'done', open: false });
    expect(run.error?.code).toBe('flow.no-reader');
    await world.reader();
    await expectBack();
  });

  it('and ended at once is put back, and runs', async () => {
    await running();
    const { run } = await migrate(world, {
      emit(event) {
        const starts = event.type === 'step.done' && event.step === 'start';
        if (starts && event.direction === 'forward') void world.make('up', false);
      },
    });
    expect(run).toMatchObject({ exitCode: 3, undo: 'done' });
    expect(run.error?.code).toBe('flow.down');
    await expectBack();
  });
});

/** Nobody is asked whether he reads: where nothing depends on it, that saves the waiting. */
function unasked(): Partial<Host> {
  const { plan } = world;
  return { plan: { ...plan, handoff: { ...plan.handoff, probe: false } } };
}

describe('a module that crashed while it was held', () => {
  async function crashed(): Promise<void> {
    await running();
    const { run } = await migrate(world, { ...unasked(), ...killedAt('hold', 'done') });
    expect(run).toMatchObject({ exitCode: 130, open: true });
    await world.make('up', false);
  }

  it('runs again after the resumed migration turned back', async () => {
    await crashed();
    const { run } = await migrate(world, unasked());
    expect(run).toMatchObject({ exitCode: 1, undo: 'done' });
    expect(run.error?.code).toBe('service.not-running');
    await expectBack();
  });

  it('runs again after a rollback', async () => {
    await crashed();
    expect((await rollback(world, unasked()))?.run.exitCode).toBe(0);
    await expectBack();
  });
});

describe('a rollback that takes the place of a killed migration', () => {
  it('leaves a way back where its process ended before its own beginning was stored', async () => {
    await running();
    await migrate(world, { ...unasked(), ...killedAt('stop', 'done') });
    const journal = await Journal.open(world.plan.stateDir, { clock: systemClock });
    const run = openRun(journal.records)?.run ?? '';
    await journal.append({ type: 'run.superseded', run, data: { by: 'r2' }, redisAt: null });
    await journal.close();
    expect(await stateOf(world)).toBe('stranded');
    expect((await rollback(world, unasked()))?.run.exitCode).toBe(0);
    await expectBack();
  });

  it('starts the module where it is refused, and the next one still knows that it ran', async () => {
    await running();
    await migrate(world, { ...unasked(), ...killedAt('edit-settings', 'done') });
    // Somebody reads with the target group, so that it can neither be left nor handed over.
    await world.add(11, 12);
    const stop = await world.reader({ group: TARGET, consumer: 'forgotten' });
    await until(async () => (await world.group(TARGET))?.cursor === '12-0');
    const refused = await rollback(world);
    expect(refused?.run).toMatchObject({ exitCode: 3, undo: 'done' });
    expect([world.is('up'), world.is('held')]).toEqual([true, false]);
    expect(await stateOf(world)).toBe('stranded');
    await stop();
    await world.make('up', false);
    expect((await rollback(world))?.run.exitCode).toBe(0);
    await expectBack();
  });
});

describe('a rollback', () => {
  /** The module reads on the target, and the 7th entry is in the hand of a process that is dead. */
  async function onTarget(): Promise<void> {
    world = await World.on(server);
    await world.fill(10, { groups: [SOURCE, TARGET] });
    await world.handle(SOURCE, 5);
    await world.handle(TARGET, 10, { pending: [7] });
    await world.point(TARGET);
    await world.make('up');
    await world.reader();
  }

  it('that fails behind its edit keeps on the source what it took along', async () => {
    await onTarget();
    const failed = await rollback(world, {
      emit(event) {
        if (event.type === 'step.done' && event.step === 'start') {
          appendFileSync(world.logFile, 'ERROR: no luck on the source either\n');
        }
      },
    });
    expect(failed?.run).toMatchObject({ exitCode: 4, undo: 'done' });
    expect(await world.group(TARGET)).toMatchObject({ pending: [] });
    expect(await world.group(SOURCE)).toMatchObject({ pending: ['7-0 orion-bus-parked'] });
    expect(await stateOf(world)).toBe('stranded');
    expect((await rollback(world))?.run.exitCode).toBe(0);
    expect(await world.group(SOURCE)).toMatchObject({ pending: ['7-0 orion-bus-parked'] });
    await expectBack();
  });

  it('whose runbook has changed since it began is begun anew', async () => {
    await onTarget();
    const { runbooks } = hostOf(world);
    const now = runbooks.get('rollback-phase2');
    if (now === undefined) throw new Error('no runbook');
    const before = new Map([...runbooks, ['rollback-phase2', { ...now, fingerprint: 'before' }]]);
    const killed = await rollback(world, { ...killedAt('stop', 'done'), runbooks: before });
    expect(killed?.run.open).toBe(true);
    expect((await rollback(world))?.run.exitCode).toBe(0);
    await expectBack();
  });
});
