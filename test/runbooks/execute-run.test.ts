import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindRunbook } from '../../src/runbooks/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { kindsOf, migrate } from './procedure.js';
import { type Attempted, Rig, resultOf } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const AT_TARGET = { service: 'up', owner: 'target', settings: 'target', soak: 'begun' };

const recorded = ({ records }: Attempted): string[] =>
  records.map(({ type, step }) => `${type} ${step ?? ''}`.trim());
const statuses = (attempted: Attempted): string[] =>
  resultOf(attempted).steps.map(({ id, status }) => `${id} ${status}`);

describe('an unbroken run', () => {
  it('does every step in order, with the intent of each effect before it', async () => {
    const rig = await Rig.on(redis);
    const attempted = await rig.attempt();
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'done',
      exitCode: 0,
      error: null,
      undo: 'none',
      open: false,
      undoSteps: [],
    });
    expect(resultOf(attempted).steps.map(({ status }) => status)).toEqual(Array(10).fill('done'));
    expect(await rig.world()).toMatchObject(AT_TARGET);
    expect(recorded(attempted)).toEqual([
      'run.started',
      'step.done gate-order',
      'step.done tests',
      'step.intended create',
      'step.done create',
      'step.intended stop',
      'step.done stop',
      'step.done fence',
      'step.intended turn',
      'step.done turn',
      'step.intended settings',
      'step.done settings',
      'step.intended start',
      'step.done start',
      'step.done flow',
      'step.intended soak',
      'step.done soak',
      'run.finished',
    ]);
    const { points } = attempted;
    const at = (point: string): number => points.indexOf(point);
    expect(at('turn after capture')).toBeLessThan(at('before record step.intended turn'));
    expect(at('after record step.intended turn')).toBeLessThan(at('turn before apply'));
    expect(at('turn before verify')).toBeLessThan(at('before record step.done turn'));
  });

  it('journals what the run is about, the before-image and the observed result', async () => {
    const rig = await Rig.on(redis);
    const { records } = await rig.attempt();
    const of = (type: string, step?: string): unknown =>
      records.find((record) => record.type === type && record.step === step)?.data;
    expect(of('run.started')).toEqual({
      verb: 'migrate',
      module: 'memory',
      runbook: 'migrate',
      fingerprint: migrate.fingerprint,
    });
    expect(of('step.intended', 'turn')).toEqual({ before: 'source' });
    expect(of('step.done', 'turn')).toEqual({ now: 'target' });
    expect(of('step.done', 'fence')).toEqual({ found: 'down' });
    expect(records.every(({ redisAt }) => redisAt !== null)).toBe(true);
  });

  it('skips an effect that is so already, and remembers what it found', async () => {
    const rig = await Rig.on(redis, { service: 'down', 'service:proof': 'down' });
    const attempted = await rig.attempt();
    expect(statuses(attempted)).toContain('stop skipped');
    expect(attempted.records.find(({ step }) => step === 'stop')).toMatchObject({
      type: 'step.skipped',
      data: { reason: 'satisfied', intent: { before: 'down' } },
    });
    expect(await rig.list('applied')).not.toContain('stop from down');
  });

  it('tells every step, with a sentence for each', async () => {
    const rig = await Rig.on(redis);
    const { events } = await rig.attempt();
    expect(events[0]).toMatchObject({
      type: 'run.started',
      run: 'run-1',
      text: 'migrate: 10 steps',
    });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', text: 'Done' });
    const turn = events.filter((event) => 'step' in event && event.step === 'turn');
    expect(turn.map(({ type }) => type)).toEqual(['step.started', 'step.progress', 'step.done']);
    expect(turn.map(({ text }) => text)).toEqual(['Turn', 'Turn: sets owner', 'Turn: done']);
  });

  it('is not disturbed by whoever shows it', async () => {
    const rig = await Rig.on(redis);
    const emit = (): never => {
      throw new Error('the terminal is gone');
    };
    expect(resultOf(await rig.attempt({ emit })).outcome).toBe('done');
  });

  it('is not held up by a plan that cannot be made', async () => {
    const rig = await Rig.on(redis);
    const kinds = new Map(kindsOf(async () => undefined));
    for (const [name, kind] of kinds) {
      kinds.set(name, { ...kind, plan: () => Promise.reject(new Error('cannot say yet')) });
    }
    expect(resultOf(await rig.attempt({ kinds })).outcome).toBe('done');
  });

  it('records an unknown time where Redis cannot say it', async () => {
    const rig = await Rig.on(redis);
    const { records } = await rig.attempt({ redisAt: () => Promise.reject(new Error('gone')) });
    expect(records.map(({ redisAt }) => redisAt)).toEqual(Array(records.length).fill(null));
  });
});

describe('a run that cannot be carried out', () => {
  it('is refused before anything is done, naming every step that is wrong', async () => {
    const rig = await Rig.on(redis);
    const [first, second] = bindRunbook(migrate, {});
    if (first === undefined || second === undefined) throw new Error('two steps at least');
    const steps = [
      { ...first, kind: 'gaet' },
      { ...second, args: { filed: 'x' } },
      { ...second, args: {} },
    ];
    const error = await problemOf(rig.attempt({ steps }));
    expect(error).toMatchObject({ code: 'runbook.unbound', exitCode: 64 });
    expect(error.message).toContain('step "gate-order" uses the unknown kind "gaet"');
    expect(error.message).toContain(
      'step "tests": unknown argument "filed"; did you mean "field"?',
    );
    expect(error.message).toContain('step "tests" is there twice');
    expect((await rig.attempt()).records[0]?.seq).toBe(1);
  });
});
