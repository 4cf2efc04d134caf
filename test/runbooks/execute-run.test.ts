import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, OrionError, systemClock } from '../../src/problems/index.js';
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
const AT_SOURCE = { service: 'up', owner: 'source', settings: 'source' };

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
    expect(turn.map(({ text }) => text)).toEqual([
      'Turn\n  set owner',
      'Turn: sets owner',
      'Turn: done',
    ]);
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

describe('a step that exceeds its timeout', () => {
  /** Every wait is over at once, so that the order of events decides and not the time. */
  const hasty: Clock = { ...systemClock, sleep: async () => undefined };
  const timed = (id: string): ReturnType<typeof bindRunbook> =>
    bindRunbook(migrate, {}).map((step) => (step.id === id ? { ...step, timeoutMs: 50 } : step));

  it('is waited for, begins nothing more, and fails', async () => {
    const rig = await Rig.on(redis);
    let settled = false;
    const attempted = await rig.attempt({
      clock: hasty,
      steps: timed('turn'),
      at: async (point) => {
        if (point !== 'turn after capture' || settled) return;
        await new Promise((resolve) => setTimeout(resolve, 30));
        settled = true;
      },
    });
    expect(settled).toBe(true);
    expect(resultOf(attempted).error).toMatchObject({ code: 'step.timeout', exitCode: 1 });
    expect(resultOf(attempted)).toMatchObject({ undo: 'done' });
    const forward = attempted.points.slice(
      0,
      attempted.points.indexOf('before record step.failed turn'),
    );
    expect(forward).not.toContain('turn before apply');
    expect(recorded(attempted)).not.toContain('step.intended turn');
  });

  it('fails even when it came to its end after all', async () => {
    const rig = await Rig.on(redis);
    let pass: () => void = () => undefined;
    const passes = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const attempted = await rig.attempt({
      // The time passes while the step looks back at what it has done, and it finds nothing wrong.
      clock: { ...systemClock, sleep: () => passes },
      steps: timed('soak'),
      at: async (point) => {
        if (point !== 'soak before verify') return;
        pass();
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    expect(await rig.list('applied')).toContain('soak from ');
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'done' });
    expect(resultOf(attempted).error?.code).toBe('step.timeout');
  });
});

describe('a lost lease', () => {
  it('ends the run at once, without an undo and without a further record', async () => {
    const rig = await Rig.on(redis);
    const lease = new AbortController();
    const attempted = await rig.attempt({
      lease: lease.signal,
      at: (point) => {
        if (point !== 'settings before apply') return;
        lease.abort();
        // The work never settles; nobody waits for it.
        return new Promise(() => undefined);
      },
    });
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'none',
      open: true,
    });
    expect(resultOf(attempted).error?.kind).toBe('lease');
    expect(recorded(attempted).at(-1)).toBe('step.intended settings');
    expect(await rig.world()).toMatchObject({ service: 'down', settings: 'source' });
  });

  it('found by a script of a step is the same', async () => {
    const rig = await Rig.on(redis);
    const attempted = await rig.attempt({
      at: (point) => {
        if (point === 'settings before apply')
          throw new OrionError({ kind: 'lease', code: 'lease.taken', message: 'taken' });
      },
    });
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'none', open: true });
    expect(recorded(attempted).at(-1)).toBe('step.intended settings');
  });

  it('before the run begins nothing', async () => {
    const rig = await Rig.on(redis);
    const attempted = await rig.attempt({ lease: AbortSignal.abort() });
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, open: false });
    expect(attempted.records).toEqual([]);
  });
});

describe('a halt', () => {
  const raisedFrom = (step: string, points: readonly string[]): boolean =>
    points.some((point) => point.endsWith(`record step.done ${step}`));

  it.each([
    ['before the first step', '', 1, 'none', AT_SOURCE],
    ['before the stop', 'create', 1, 'done', AT_SOURCE],
    ['inside the pause', 'stop', 1, 'done', AT_SOURCE],
    ['inside the pause, behind the turn', 'turn', 1, 'done', AT_SOURCE],
  ])('%s ends the run with the module where it was', async (_, after, exitCode, undo, world) => {
    const rig = await Rig.on(redis);
    const seen: string[] = [];
    const attempted = await rig.attempt({
      at: (point) => void seen.push(point),
      halt: async () => (after === '' || raisedFrom(after, seen) ? { reason: 'lag' } : null),
    });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', exitCode, undo, open: false });
    expect(resultOf(attempted).error).toMatchObject({ code: 'run.halted', kind: 'gate' });
    expect(await rig.world()).toMatchObject(world);
    const turnedBackAt = attempted.records.find(({ type }) => type === 'step.failed');
    expect(turnedBackAt?.data['begun']).toBe(false);
    expect(statuses(attempted)).toContain(`${turnedBackAt?.step} not-reached`);
  });

  it('after the start lets the run come to its end and reports it', async () => {
    const rig = await Rig.on(redis);
    const seen: string[] = [];
    const attempted = await rig.attempt({
      at: (point) => void seen.push(point),
      halt: async () => (raisedFrom('start', seen) ? { reason: 'lag' } : null),
    });
    expect(resultOf(attempted)).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(resultOf(attempted).halted).toContain('lag');
    expect(attempted.events.filter(({ type }) => type === 'run.halted')).toHaveLength(1);
  });

  it('inside the pause of a run that has no way back lets it go on', async () => {
    const rig = await Rig.on(redis);
    const seen: string[] = [];
    const attempted = await rig.attempt({
      undo: null,
      at: (point) => void seen.push(point),
      halt: async () => (raisedFrom('stop', seen) ? { reason: 'lag' } : null),
    });
    expect(resultOf(attempted).outcome).toBe('done');
  });

  it('that cannot be read inside the pause turns back', async () => {
    const rig = await Rig.on(redis);
    const seen: string[] = [];
    const attempted = await rig.attempt({
      at: (point) => void seen.push(point),
      halt: async () => {
        if (raisedFrom('stop', seen)) throw new Error('Redis is gone');
        return null;
      },
    });
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'done' });
    expect(resultOf(attempted).error?.code).toBe('run.halt-unknown');
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
