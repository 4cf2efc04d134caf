import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../src/services/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { carry, kind, NO_OPTIONS, type Remembered, SOURCE, TARGET, World } from './step-rig.js';

/* From the last look at the running module to its start: service-ready, hold, stop, fence, start. */

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  await world.fill(10, { groups: [SOURCE, TARGET] });
  await world.make('up');
});
afterEach(() => world.end());

/** The services, with the state that only a service manager can tell. */
function withState(active: 'changing' | 'failed', installed = true): Services {
  const { services } = world;
  return {
    state: async (service) => ({ ...(await services.state(service)), active, installed }),
    start: (service) => services.start(service),
    stop: (service) => services.stop(service),
    hold: (service) => services.hold(service),
    release: (service) => services.release(service),
    held: async () => world.is('held'),
    enable: (service) => services.enable(service),
    disable: (service) => services.disable(service),
    unitFile: (service) => services.unitFile(service),
    installUnit: (service, text) => services.installUnit(service, text),
    removeUnit: (service) => services.removeUnit(service),
  };
}

describe('service-ready', () => {
  it('wants the module active, unless it may be down or this run has stopped it', async () => {
    expect((await carry('service-ready', world.context())).result).toMatchObject({
      active: 'active',
    });
    await world.make('up', false);
    const refused = await problemOf(carry('service-ready', world.context()));
    expect(refused).toMatchObject({ code: 'service.not-running', exitCode: 1 });
    expect(refused.next[0]).toBe('orion-bus migrate memory --start');
    const stopped = { stop: { intent: { active: 'active' } } };
    await carry('service-ready', world.context({ earlier: stopped }));
    await carry('service-ready', world.context({ options: { ...NO_OPTIONS, start: true } }));
  });

  it('refuses a service that is not installed, whatever is allowed', async () => {
    const services = withState('failed', false);
    const options = { ...NO_OPTIONS, start: true };
    const refused = await problemOf(carry('service-ready', world.context({ services, options })));
    expect(refused).toMatchObject({ code: 'service.not-installed', exitCode: 1 });
  });
});

describe('hold and stop', () => {
  it('hold the service, then stop it, and keep that it ran', async () => {
    const held = await carry('hold', world.context());
    expect(held).toMatchObject({ satisfied: 'no', intent: { ran: true } });
    expect(world.is('held')).toBe(true);
    const before = Date.now();
    const stopped = await carry('stop', world.context({ earlier: { hold: held } }));
    expect(stopped).toMatchObject({
      satisfied: 'no',
      intent: { active: 'active', ran: true },
      result: { active: 'inactive' },
    });
    expect(stopped.result['stoppedAtMs']).toBeGreaterThanOrEqual(before);
    expect(world.is('up')).toBe(false);
    expect(await kind('stop').satisfied(world.context(), {}, stopped.intent)).toBe('yes');
  });

  it('say how many messages may be in hand, at most', async () => {
    await world.handle(SOURCE, 5, { pending: [4, 5] });
    const plan = await kind('stop').plan(world.context(), {});
    // Two pending, and one consumer with a batch of ten.
    expect(plan.map(({ text }) => text)).toEqual([
      'stop orion-memory',
      'at most 12 messages in hand at the stop may be handled twice',
    ]);
  });

  it('stop nothing where the module is on the receiving side already', async () => {
    await world.point(TARGET);
    for (const name of ['hold', 'stop']) {
      const step = kind(name);
      const intent = await step.capture(world.context(), {});
      expect(await step.satisfied(world.context(), {}, intent)).toBe('yes');
    }
  });

  it.each([
    ['down', false, false],
    ['up', true, true],
  ])('take a module that is %s for one that is to be so again', async (_name, up, ran) => {
    await world.make('up', up);
    expect((await kind('stop').capture(world.context(), {}))['ran']).toBe(ran);
  });

  it('take a unit between two attempts of its restarts for one that ran', async () => {
    const context = world.context({ services: withState('changing') });
    expect((await kind('hold').capture(context, {}))['ran']).toBe(true);
  });

  it.each<[string, { earlier?: Remembered; undoing?: Remembered }]>([
    ['this run saw before the hold', { earlier: { hold: { intent: { ran: true } } } }],
    ['an unfinished run before this one saw', { undoing: { stop: { intent: { ran: true } } } }],
  ])('go by what %s, also where it has crashed since', async (_name, memory) => {
    await world.make('up', false);
    expect((await kind('stop').capture(world.context(memory), {}))['ran']).toBe(true);
  });
});

describe('start', () => {
  const ran = { stop: { intent: { ran: true } } };
  const down = { stop: { intent: { ran: false } } };

  beforeEach(async () => {
    await world.make('up', false);
    await world.make('held');
  });

  it('releases the hold and starts what ran, and keeps where its log ended', async () => {
    const started = await carry('start', world.context({ earlier: ran }));
    expect(started).toMatchObject({
      plan: [{ text: 'start orion-memory' }],
      satisfied: 'no',
      intent: { active: 'inactive', log: { kind: 'file', path: world.logFile, offset: 0 } },
      result: { started: true, active: 'active' },
    });
    expect([world.is('up'), world.is('held')]).toEqual([true, false]);
  });

  it('releases the hold of what was down, and leaves it down', async () => {
    const left = await carry('start', world.context({ earlier: down }));
    expect(left.plan[0]?.text).toBe('leave orion-memory down, as it was');
    expect(left.result).toEqual({ started: false });
    expect([world.is('up'), world.is('held')]).toEqual([false, false]);
  });

  it('starts what was down with --start', async () => {
    const options = { ...NO_OPTIONS, start: true };
    await carry('start', world.context({ earlier: down, options }));
    expect(world.is('up')).toBe(true);
  });

  it('leaves down what was down when it takes back a migration with --start', async () => {
    const options = { ...NO_OPTIONS, start: true };
    await carry('start', world.backContext({ undoing: down, options }));
    expect([world.is('up'), world.is('held')]).toEqual([false, false]);
  });

  it('goes by the run it takes back before its own look', async () => {
    await carry('start', world.backContext({ earlier: down, undoing: ran }));
    expect(world.is('up')).toBe(true);
  });

  it('is satisfied by a service that runs and is surely not held', async () => {
    const context = world.context({ earlier: ran, services: withState('failed') });
    const step = kind('start');
    expect(await step.satisfied(context, {}, {})).toBe('no');
    await world.make('held', false);
    expect(await step.satisfied(context, {}, {})).toBe('no');
    const notWanted = world.context({ earlier: down, services: withState('failed') });
    expect(await step.satisfied(notWanted, {}, {})).toBe('yes');
    await world.make('held');
    expect(await step.satisfied(notWanted, {}, {})).toBe('no');
  });

  it('fails where the service does not start', async () => {
    await world.make('broken');
    const problem = await problemOf(carry('start', world.context({ earlier: ran })));
    expect(problem).toMatchObject({ code: 'service.not-started', exitCode: 1 });
    // Released all the same: whoever mends it must be able to start it.
    expect(world.is('held')).toBe(false);
  });
});

describe('the fence', () => {
  it('passes once the service is down and nobody reads', async () => {
    await world.make('up', false);
    expect((await carry('fence', world.context())).result).toMatchObject({ verdict: 'pass' });
  });

  it('refuses a service that was started in the pause', async () => {
    const problem = await problemOf(carry('fence', world.context()));
    expect(problem).toMatchObject({ code: 'fence.running', exitCode: 3 });
    expect(problem.message).toContain('orion-memory is active');
  });

  it.each([SOURCE, TARGET])('names a reader of %s, and sends nobody forward', async (group) => {
    await world.make('up', false);
    await world.reader({ group, consumer: 'forgotten' });
    await until(async () =>
      String(await world.redis.command('CLIENT', 'LIST')).includes('flags=b'),
    );
    const problem = await problemOf(carry('fence', world.context()));
    expect(problem).toMatchObject({ code: 'fence.reader', exitCode: 3 });
    expect(problem.message).toContain(`${group} on ${world.stream()} is still being read by`);
    expect(problem.message).toContain('forgotten');
    expect(problem.next.join()).not.toContain('migrate');
  });

  it('is inconclusive, and shown as such, where nobody may be asked', async () => {
    await world.make('up', false);
    const handoff = { ...world.plan.handoff, probe: false };
    const { result } = await carry('fence', world.context({ plan: { ...world.plan, handoff } }));
    const { attempts } = world.capabilities;
    expect(result['verdict']).toBe(attempts ? 'pass' : 'inconclusive');
    expect(result['reason']).toBe('handoff.probe is off');
  });
});
