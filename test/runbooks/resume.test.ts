import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRunbook } from '../../src/runbooks/parse-runbook.js';
import type { StepKind } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { BACK, back, kindsOf, MIGRATE, migrate } from './procedure.js';
import { type Attempted, Rig, resultOf } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const AT_TARGET = { service: 'up', owner: 'target', settings: 'target', soak: 'begun' };
const AT_SOURCE = { service: 'up', owner: 'source', settings: 'source' };

/** A process that ends when it passes a point for the n-th time. */
async function killedAt(rig: Rig, point: string, nth = 1): Promise<Attempted> {
  let passed = 0;
  const attempted = await rig.attempt({
    at: (at, _, end) => {
      if (at === point) passed += 1;
      return at === point && passed === nth ? end() : undefined;
    },
  });
  expect(attempted.result).toBe('process ended');
  return attempted;
}

describe('a resume', () => {
  it('says what is done already', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn before capture');
    const { events, records } = await rig.attempt();
    expect(events[0]).toMatchObject({
      type: 'run.resumed',
      direction: 'forward',
      settled: ['tests', 'create', 'stop'],
      text: 'migrate: taken up again, 3 of 10 steps are done',
    });
    expect(records.filter(({ type }) => type === 'run.resumed')).toMatchObject([
      { data: { direction: 'forward' } },
    ]);
  });

  it('asks gates, checks and fences again inside the pause, but not the tests, and no effect', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'settings before capture');
    const before = await rig.list('looks');
    const captures = await rig.list('captures');
    await rig.attempt();
    expect(before).toEqual(['gate-order', 'tests', 'fence']);
    expect((await rig.list('looks')).slice(before.length)).toEqual(['gate-order', 'fence', 'flow']);
    expect((await rig.list('captures')).slice(captures.length)).toEqual([
      'settings',
      'start',
      'soak',
    ]);
  });

  it('tells what the steps came to before the end is recorded, once more after a kill', async () => {
    const rig = await Rig.on(redis);
    const told: (readonly string[])[] = [];
    const beforeEnd = async (steps: readonly { id: string }[]): Promise<void> => {
      told.push(steps.map(({ id }) => id));
    };
    const { result, records } = await rig.attempt({
      beforeEnd,
      at: (at, _, end) => (at.includes('run.finished') ? end() : undefined),
    });
    expect(result).toBe('process ended');
    expect(records.some(({ type }) => type === 'run.finished')).toBe(false);
    await rig.attempt({ beforeEnd });
    expect(told).toHaveLength(2);
    expect(told[1]).toEqual(told[0]);
    expect(told[0]).toContain('soak');
  });

  it('asks the tests again before the stop', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'create before apply');
    await rig.attempt();
    expect(await rig.list('looks')).toEqual([
      'gate-order',
      'tests',
      'gate-order',
      'tests',
      'fence',
      'flow',
    ]);
  });

  it('runs nothing from before the start again, once that is done', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'soak before capture');
    await rig.set('gate', 'shut');
    await rig.set('flow', 'dry');
    const looks = await rig.list('looks');
    const attempted = await rig.attempt();
    expect(resultOf(attempted).outcome).toBe('done');
    expect(await rig.list('looks')).toEqual(looks);
  });

  it('does an effect that was intended and not done by the same intent', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn during apply');
    expect((await rig.world())['owner']).toBe('target');
    const { records } = await rig.attempt();
    // A new capture would have found the half-done effect and called it the state before.
    expect(await rig.list('applied')).toContain('turn from source');
    expect((await rig.list('captures')).filter((step) => step === 'turn')).toHaveLength(1);
    expect(
      records.filter(({ type, step }) => type === 'step.intended' && step === 'turn'),
    ).toHaveLength(1);
  });

  it('records as done what was done without a record', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'before record step.done turn');
    const { records } = await rig.attempt();
    expect(records.find(({ type, step }) => type === 'step.done' && step === 'turn')?.data).toEqual(
      {
        observed: 'satisfied',
      },
    );
    expect((await rig.list('applied')).filter((step) => step.startsWith('turn'))).toHaveLength(1);
  });

  it('stops where it cannot tell, naming the two legal commands, and asks again later', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn during apply');
    const kinds = new Map(kindsOf(async () => undefined));
    const set = kinds.get('set');
    if (set === undefined) throw new Error('the kind is there');
    const unsure: StepKind = { ...set, satisfied: async () => 'unknown' };
    const stopped = await rig.attempt({ kinds: kinds.set('set', unsure) });
    expect(resultOf(stopped)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'none',
      open: true,
    });
    expect(resultOf(stopped).error).toMatchObject({
      kind: 'prerequisite',
      code: 'run.cannot-tell',
      next: ['orion-bus migrate memory', 'orion-bus rollback --phase 2'],
    });
    expect(resultOf(stopped).error?.message).toContain('"turn" (Turn)');
    expect((await rig.list('applied')).filter((step) => step.startsWith('turn'))).toEqual([]);
    expect(resultOf(await rig.attempt()).outcome).toBe('done');
  });

  it('turns back when a gate fails inside the pause, without asking the other gates', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn before capture');
    await rig.set('gate', 'shut');
    const { steps } = rig.options(async () => undefined, []);
    const [gate] = steps;
    if (gate === undefined) throw new Error('there is a gate');
    const looks = await rig.list('looks');
    const attempted = await rig.attempt({
      steps: [gate, { ...gate, id: 'another' }, ...steps.slice(1)],
    });
    expect((await rig.list('looks')).slice(looks.length)).toEqual(['gate-order', 'fence']);
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'done',
      open: false,
    });
    expect(resultOf(attempted).error?.code).toBe('gate.refused');
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it('of a run that had begun to go back goes on going back, whatever holds now', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    await killedAt(rig, 'settings before apply', 2);
    await rig.set('flow', 'flowing');
    const attempted = await rig.attempt();
    expect(attempted.events[0]).toMatchObject({ type: 'run.resumed', direction: 'undo' });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', exitCode: 2, undo: 'done' });
    expect(resultOf(attempted).error).toMatchObject({
      code: 'check.refused',
      message: 'flow is dry',
    });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it('goes back too when the process ended right after the failure was recorded', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    await killedAt(rig, 'after record step.failed flow');
    await rig.set('flow', 'flowing');
    expect(resultOf(await rig.attempt())).toMatchObject({ undo: 'done' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it('asks a gate again that failed before anything was changed', async () => {
    const rig = await Rig.on(redis, { gate: 'shut' });
    await killedAt(rig, 'before record run.finished');
    await rig.set('gate', 'open');
    expect(resultOf(await rig.attempt()).outcome).toBe('done');
  });

  it('passes by a step whose end was not stored, once the pause is over', async () => {
    const rig = await Rig.on(redis);
    await rig.attempt({
      at: (point, _, end) => {
        if (point === 'before record step.done turn') throw new Error('disk full');
        return point === 'flow before look' ? end() : undefined;
      },
    });
    const attempted = await rig.attempt();
    expect(resultOf(attempted).outcome).toBe('done');
    expect((await rig.list('applied')).filter((step) => step.startsWith('turn'))).toHaveLength(1);
    expect(
      attempted.records.find(({ type, step }) => type === 'step.done' && step === 'turn')?.data,
    ).toEqual({
      observed: 'past',
    });
  });

  it('asks a gate again in a run that has no pause, until something is changed', async () => {
    const rig = await Rig.on(redis);
    const steps = rig
      .options(async () => undefined, [])
      .steps.filter(({ id }) => ['gate-order', 'create', 'soak'].includes(id));
    for (const point of ['create before capture', 'soak before apply']) {
      await rig.attempt({ steps, at: (at, _, end) => (at === point ? end() : undefined) });
    }
    await rig.attempt({ steps });
    expect(await rig.list('looks')).toEqual(['gate-order', 'gate-order']);
  });
});

describe('a resume by another runbook', () => {
  const changed = parseRunbook(MIGRATE.replace('value: green', 'value: blue'), 'migrate.md');
  const reworded = parseRunbook(
    MIGRATE.replaceAll('Why.', 'For another reason.').replace(
      'id: tests\nuses: tests',
      'uses: tests\nid: tests',
    ),
    'migrate.md',
  );
  const otherBack = parseRunbook(BACK.replace('value: down', 'value: dead'), 'back.md');

  it('is refused, and names the rollback', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn before capture');
    const error = await problemOf(rig.attempt({ runbook: changed }));
    expect(error).toMatchObject({ kind: 'prerequisite', code: 'run.runbook-changed', exitCode: 1 });
    expect(error.next).toEqual(['orion-bus rollback --phase 2']);
    expect(error.message).toContain('"migrate" has other steps now');
    expect((await problemOf(rig.attempt({ runbook: back }))).message).toContain('it is "back" now');
  });

  it('that only says it in other words goes on', async () => {
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn before capture');
    expect(reworded.fingerprint).toBe(migrate.fingerprint);
    expect(resultOf(await rig.attempt({ runbook: reworded })).outcome).toBe('done');
    expect(await rig.world()).toMatchObject(AT_TARGET);
  });

  it('for the way back is refused only once the way back has begun', async () => {
    const undo = { runbook: otherBack, steps: [] };
    const rig = await Rig.on(redis);
    await killedAt(rig, 'turn before capture');
    expect(resultOf(await rig.attempt({ undo })).outcome).toBe('done');
    const other = await Rig.on(redis, { flow: 'dry' });
    await killedAt(other, 'settings before apply', 2);
    expect((await problemOf(other.attempt({ undo }))).code).toBe('run.runbook-changed');
    expect((await problemOf(other.attempt({ undo: null }))).message).toContain(
      'there is no such runbook',
    );
  });

  it('of a finished run is a defect', async () => {
    const rig = await Rig.on(redis);
    await rig.attempt();
    expect(await problemOf(rig.attempt())).toMatchObject({ code: 'run.not-open', exitCode: 70 });
  });
});
