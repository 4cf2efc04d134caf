import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Attempted, type Attempting, Rig, resultOf, Signals } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const AT_TARGET = { service: 'up', owner: 'target', settings: 'target', soak: 'begun' };
const AT_SOURCE = { service: 'up', owner: 'source', settings: 'source' };

/** Sends signals when a point is passed for the n-th time. */
async function signalled(
  rig: Rig,
  point: string,
  { times = 1, nth = 1, ...attempting }: Attempting & { times?: number; nth?: number } = {},
): Promise<Attempted> {
  const signals = new Signals();
  let passed = 0;
  const attempted = await rig.attempt({
    interruption: signals,
    at: (at) => {
      if (at !== point) return;
      passed += 1;
      if (passed === nth) for (let sent = 0; sent < times; sent += 1) signals.send();
    },
    ...attempting,
  });
  expect(signals.listeners).toBe(0);
  return attempted;
}

describe('a first signal', () => {
  it.each([
    'gate-order before look',
    'create before apply',
    'after record step.done create',
    'stop before capture',
  ])('before the stop (%s) ends the run at once; the same command goes on', async (point) => {
    const rig = await Rig.on(redis);
    const first = await signalled(rig, point);
    expect(resultOf(first)).toMatchObject({
      outcome: 'interrupted',
      exitCode: 130,
      undo: 'none',
      open: true,
    });
    expect(resultOf(first).error?.next).toEqual([
      'orion-bus migrate memory',
      'orion-bus rollback --phase 2',
    ]);
    expect(first.records.map(({ type }) => type)).not.toContain('run.finished');
    expect(first.records.map(({ type }) => type)).not.toContain('step.failed');
    expect(await rig.world()).toMatchObject(AT_SOURCE);
    expect(resultOf(await rig.attempt()).outcome).toBe('done');
    expect(await rig.world()).toMatchObject(AT_TARGET);
  });

  it.each([
    'stop before apply',
    'fence before look',
    'turn before capture',
    'after record step.done fence',
  ])('between stop and turn (%s) goes back', async (point) => {
    const rig = await Rig.on(redis);
    const attempted = await signalled(rig, point);
    expect(await rig.world()).toMatchObject(AT_SOURCE);
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'interrupted',
      exitCode: 130,
      undo: 'done',
      open: false,
    });
    expect(attempted.records.at(-1)).toMatchObject({
      type: 'run.finished',
      data: { outcome: 'interrupted', exitCode: 130, undo: 'done' },
    });
  });

  it.each([
    'turn before apply',
    'after record step.done turn',
    'settings before apply',
    'start before apply',
  ])(
    'behind the turn (%s) goes on to the start, and the same command does the rest',
    async (point) => {
      const rig = await Rig.on(redis);
      const attempted = await signalled(rig, point);
      expect(resultOf(attempted)).toMatchObject({
        outcome: 'interrupted',
        exitCode: 130,
        undo: 'none',
        open: true,
      });
      expect(attempted.records.at(-1)).toMatchObject({ type: 'step.done', step: 'start' });
      expect(await rig.world()).toMatchObject({
        service: 'up',
        owner: 'target',
        settings: 'target',
      });
      expect(resultOf(await rig.attempt()).outcome).toBe('done');
      expect(await rig.world()).toMatchObject(AT_TARGET);
    },
  );

  it('after the start ends the run, and the same command does the rest', async () => {
    const rig = await Rig.on(redis);
    const attempted = await signalled(rig, 'flow before look');
    expect(resultOf(attempted)).toMatchObject({ outcome: 'interrupted', open: true });
    expect(resultOf(await rig.attempt()).outcome).toBe('done');
  });

  it('while it goes back changes nothing of that', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    const attempted = await signalled(rig, 'settings before apply', { nth: 2 });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', exitCode: 2, undo: 'done' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it('inside the pause of a run that has no way back goes on to the start', async () => {
    const rig = await Rig.on(redis);
    const attempted = await signalled(rig, 'fence before look', { undo: null });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'interrupted', undo: 'none', open: true });
    expect(await rig.world()).toMatchObject({ service: 'up', owner: 'target' });
  });

  it('at the very end lets the run be done', async () => {
    const rig = await Rig.on(redis);
    expect(resultOf(await signalled(rig, 'after record step.done soak'))).toMatchObject({
      outcome: 'done',
      exitCode: 0,
    });
  });
});

describe('a second signal', () => {
  it.each(['fence before look', 'turn during apply', 'settings before apply', 'stop after apply'])(
    'ends the process at once (%s); the same command comes to the end',
    async (point) => {
      const rig = await Rig.on(redis);
      const signals = new Signals();
      const first = await rig.attempt({
        interruption: signals,
        at: (at) => {
          if (at !== point) return;
          signals.send();
          signals.send();
          // The work never settles; nobody waits for it.
          return new Promise(() => undefined);
        },
      });
      expect(resultOf(first)).toMatchObject({ outcome: 'interrupted', exitCode: 130, open: true });
      expect(first.records.at(-1)?.type).not.toBe('run.finished');
      expect(resultOf(await rig.attempt())).toMatchObject({ outcome: 'done' });
      expect(await rig.world()).toMatchObject(AT_TARGET);
    },
  );

  it('while it goes back leaves the rest to the same command', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    const first = await signalled(rig, 'settings before apply', { nth: 2, times: 2 });
    expect(resultOf(first)).toMatchObject({
      outcome: 'interrupted',
      exitCode: 130,
      undo: 'failed',
      open: true,
    });
    const second = await rig.attempt();
    expect(resultOf(second)).toMatchObject({
      outcome: 'failed',
      exitCode: 2,
      undo: 'done',
      open: false,
    });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });
});
