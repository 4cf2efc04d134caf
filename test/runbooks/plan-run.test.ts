import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRun, type RunPlan } from '../../src/runbooks/index.js';
import type { StepKind } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { back, kindsOf } from './procedure.js';
import { type Attempted, Rig } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** The plan of a new run, or of what a process left behind. */
function planned(
  rig: Rig,
  left: Pick<Attempted, 'records'>,
  more: Partial<Parameters<typeof planRun>[0]> = {},
): Promise<RunPlan> {
  const log = {
    records: left.records,
    append: () => Promise.reject(new Error('a plan writes nothing')),
  };
  const options = rig.options(async () => undefined, []);
  return planRun({ ...options, log, signal: new AbortController().signal, ...more });
}

const killed = (rig: Rig, point: string, nth = 1): Promise<Attempted> => {
  let passed = 0;
  return rig.attempt({
    at: (at, _, end) => {
      if (at === point) passed += 1;
      return at === point && passed === nth ? end() : undefined;
    },
  });
};

describe('the plan of a run', () => {
  it('has the words of the execution, and changes nothing', async () => {
    const rig = await Rig.on(redis);
    const before = await rig.world();
    const plan = await planned(rig, { records: [] });
    expect(await rig.world()).toEqual(before);
    expect(plan.direction).toBe('forward');
    expect(plan.steps.every(({ toDo, problem }) => toDo && problem === null)).toBe(true);
    const { events } = await rig.attempt();
    const executed = events.flatMap((event) =>
      event.type === 'step.started' ? [[event.step, event.actions]] : [],
    );
    expect(plan.steps.map(({ id, actions }) => [id, actions])).toEqual(executed);
    expect(plan.steps[5]).toMatchObject({
      id: 'turn',
      title: 'Turn',
      kind: 'set',
      nature: 'effect',
      args: { field: 'owner', value: 'target' },
    });
  });

  it('says of an open run what is left', async () => {
    const rig = await Rig.on(redis);
    const plan = await planned(rig, await killed(rig, 'settings before capture'));
    expect(plan.steps.filter(({ toDo }) => toDo).map(({ id }) => id)).toEqual([
      'gate-order',
      'fence',
      'settings',
      'start',
      'flow',
      'soak',
    ]);
    expect(plan.steps.find(({ id }) => id === 'turn')).toMatchObject({ toDo: false, actions: [] });
  });

  it('says of a run that goes back how it goes on going back', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    const plan = await planned(rig, await killed(rig, 'settings before apply', 2));
    expect(plan.direction).toBe('undo');
    expect(plan.steps.filter(({ toDo }) => toDo).map(({ id }) => id)).toEqual([
      'settings',
      'fence',
      'start',
    ]);
  });

  it('says of a step why its actions cannot be said yet', async () => {
    const rig = await Rig.on(redis);
    const kinds = new Map<string, StepKind>(kindsOf(async () => undefined));
    const fence = kinds.get('fence');
    if (fence === undefined) throw new Error('the kind is there');
    kinds.set('fence', { ...fence, plan: () => Promise.reject(new Error('no group yet')) });
    const { steps } = await planned(rig, { records: [] }, { kinds });
    expect(steps.filter(({ problem }) => problem !== null)).toMatchObject([
      { id: 'fence', actions: [], problem: { code: 'step.failed' } },
    ]);
  });

  it('is refused where the run would be', async () => {
    const rig = await Rig.on(redis);
    const left = await killed(rig, 'settings before capture');
    expect((await problemOf(planned(rig, left, { runbook: back }))).code).toBe(
      'run.runbook-changed',
    );
    expect((await problemOf(planned(rig, { records: [] }, { kinds: new Map() }))).code).toBe(
      'runbook.unbound',
    );
  });
});
