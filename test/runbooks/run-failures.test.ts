import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrionError } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Attempted, Rig, resultOf } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const AT_SOURCE = { service: 'up', owner: 'source', settings: 'source' };

const recorded = ({ records }: Attempted): string[] =>
  records.map(({ type, step }) => `${type} ${step ?? ''}`.trim());
const statuses = (attempted: Attempted): string[] =>
  resultOf(attempted).steps.map(({ id, status }) => `${id} ${status}`);

describe('a failure', () => {
  it('before the first effect undoes nothing', async () => {
    const rig = await Rig.on(redis, { gate: 'shut' });
    const attempted = await rig.attempt();
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'none',
      open: false,
      undoSteps: [],
    });
    expect(recorded(attempted)).toEqual([
      'run.started',
      'step.failed gate-order',
      'step.done tests',
      'run.finished',
    ]);
  });

  it('of gates side by side is told together, and the first gives the code', async () => {
    const rig = await Rig.on(redis, { gate: 'shut', tests: 'red' });
    const result = resultOf(await rig.attempt());
    expect(result.error?.code).toBe('gate.refused');
    expect(result.steps.slice(0, 4).map(({ status }) => status)).toEqual([
      'failed',
      'failed',
      'not-reached',
      'not-reached',
    ]);
    expect(result.steps[1]?.error?.message).toBe('tests is red');
  });

  it('after the first effect is taken back, and the first cause decides the code', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    const attempted = await rig.attempt();
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 2,
      undo: 'done',
      undoError: null,
      open: false,
    });
    expect(resultOf(attempted).error).toMatchObject({ code: 'check.refused', kind: 'fence' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
    expect(statuses(attempted)).toEqual([
      'gate-order done',
      'tests done',
      'create undone',
      'stop undone',
      'fence done',
      'turn undone',
      'settings undone',
      'start undone',
      'flow failed',
      'soak not-reached',
    ]);
    expect(recorded(attempted).slice(14)).toEqual([
      'step.failed flow',
      'step.intended undo/stop',
      'step.done undo/stop',
      'step.intended undo/turn',
      'step.done undo/turn',
      'step.intended undo/settings',
      'step.done undo/settings',
      'step.done undo/fence',
      'step.intended undo/start',
      'step.done undo/start',
      'step.undone start',
      'step.undone settings',
      'step.undone turn',
      'step.undone stop',
      'step.undone create',
      'run.finished',
    ]);
    expect(attempted.records.at(-1)?.data).toMatchObject({
      outcome: 'failed',
      exitCode: 2,
      undo: 'done',
    });
  });

  it('is undone from the before-images of the forward steps', async () => {
    const rig = await Rig.on(redis, {
      flow: 'dry',
      settings: 'by hand',
      'settings:proof': 'by hand',
    });
    await rig.attempt();
    expect((await rig.world())['settings']).toBe('by hand');
  });

  it('of the undo stands beside the first cause, never in its place', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    let settings = 0;
    const attempted = await rig.attempt({
      at: (point) => {
        if (point !== 'settings before apply') return;
        settings += 1;
        if (settings === 2)
          throw new OrionError({ kind: 'prerequisite', code: 'disk.full', message: 'no room' });
      },
    });
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 2,
      undo: 'failed',
      open: false,
    });
    expect(resultOf(attempted).error?.code).toBe('check.refused');
    expect(resultOf(attempted).undoError?.code).toBe('disk.full');
    expect(resultOf(attempted).undoSteps.map(({ status }) => status)).toEqual([
      'done',
      'done',
      'failed',
      'not-reached',
      'not-reached',
    ]);
    expect(recorded(attempted).filter((record) => record.startsWith('step.undone'))).toEqual([]);
    expect(attempted.records.at(-1)?.data).toMatchObject({
      undo: 'failed',
      undoError: { code: 'disk.full' },
    });
    expect(attempted.events.find(({ type }) => type === 'undo.finished')?.text).toBe(
      'Going back failed: no room',
    );
  });

  it('is a finding of the second look too', async () => {
    const rig = await Rig.on(redis);
    let meddled = false;
    const attempted = await rig.attempt({
      at: async (point) => {
        if (point === 'settings before verify' && !meddled) await rig.set('settings', 'other');
        meddled ||= point === 'settings before verify';
      },
    });
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'done' });
    expect(resultOf(attempted).error).toMatchObject({ code: 'step.not-verified' });
    expect(
      attempted.records.find(({ type }) => type === 'step.failed')?.data['findings'],
    ).toMatchObject([{ id: 'world.settings', status: 'fail' }]);
  });

  it.each([
    ['an error from outside', new Error('ECONNRESET'), 2, 'step.failed'],
    ['an error of the language', new TypeError('x is undefined'), 70, 'step.defect'],
  ])('by %s has a code', async (_, error, exitCode, code) => {
    const rig = await Rig.on(redis);
    const attempted = await rig.attempt({
      at: (point) => {
        if (point === 'flow before look') throw error;
      },
    });
    expect(resultOf(attempted)).toMatchObject({ exitCode, undo: 'done' });
    expect(resultOf(attempted).error?.code).toBe(code);
    expect(resultOf(attempted).error?.message).toContain('"flow" (Flow)');
  });

  it('without an on-failure runbook is left as it is', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    const attempted = await rig.attempt({ undo: null });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', undo: 'none', open: false });
    expect((await rig.world())['owner']).toBe('target');
  });
});
