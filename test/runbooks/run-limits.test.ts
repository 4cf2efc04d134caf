import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, OrionError, systemClock } from '../../src/problems/index.js';
import { bindRunbook } from '../../src/runbooks/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { migrate } from './procedure.js';
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
