import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GateResult, MigrationHistory } from '../../src/checks/index.js';
import { SampleLog } from '../../src/evidence/index.js';
import { type ModulePlan, redisTimeMs } from '../../src/facts/index.js';
import { evaluateGates, MIGRATE_GATES, type StepContext } from '../../src/steps/index.js';
import { samples } from '../checks/samples.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, NO_HISTORY, NO_OPTIONS, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
});
afterEach(() => world.end());

const DAY = 86_400_000;

function asked(
  overrides: Readonly<Record<string, string>> = {},
  more: Parameters<World['context']>[0] = {},
): StepContext {
  const options = { ...NO_OPTIONS, overrides: new Map(Object.entries(overrides)) };
  return world.context({ options, ...more });
}

async function gatesOf(context: StepContext): Promise<Record<string, GateResult>> {
  return Object.fromEntries((await evaluateGates(context)).map((gate) => [gate.gate, gate]));
}

describe('the gates of a migration', () => {
  it('are all asked, refused together, and the first in the list gives the code', async () => {
    const halt = { reason: 'smoke', by: 'someone', at: 'now' };
    const problem = await problemOf(
      carry('gates', asked({}, { history: { ...NO_HISTORY, halt } })),
    );
    expect(problem).toMatchObject({ kind: 'gate', code: 'gate.halt', exitCode: 1 });
    expect(problem.message).toMatch(/halt \(fail\): .*smoke; phase1 \(fail\): .*; groups \(fail\)/);
  });

  it('let a missing group have the code 3 once what comes before it is passed', async () => {
    const problem = await problemOf(carry('gates', asked({ phase1: 'known' })));
    expect(problem).toMatchObject({ code: 'gate.groups', exitCode: 3 });
  });

  it('never let halt or groups be passed by name', async () => {
    const halt = { reason: 'smoke', by: 'someone', at: 'now' };
    const context = asked({ halt: 'no', groups: 'no' }, { history: { ...NO_HISTORY, halt } });
    const { halt: halted, groups } = await gatesOf(context);
    expect([halted?.overridden, groups?.overridden]).toEqual([null, null]);
  });

  it('record every override: of what failed, of what passes anyway, of what is not asked', async () => {
    await world.fill(5, { groups: [SOURCE, TARGET] });
    await world.make('up');
    await world.reader();
    const overrides = { phase1: 'a', order: 'b', validate: 'v', 'burn-in': 'c', tests: 'd' };
    const { result } = await carry('gates', asked(overrides));
    expect(world.notes.map(({ data }) => [data['gate'], data['reason'], data['verdict']])).toEqual([
      ['phase1', 'a', 'fail'],
      ['order', 'b', 'pass'],
      ['validate', 'v', 'fail'],
      ['burn-in', 'c', 'not asked'],
    ]);
    expect((result['gates'] as { gate: string }[]).map(({ gate }) => gate)).toEqual(
      MIGRATE_GATES.filter((gate) => gate !== 'tests'),
    );
  });

  it('leave the daily check out inside the pause, where messages wait by right', async () => {
    await world.fill(5, { groups: [SOURCE, TARGET] });
    const running = await gatesOf(asked());
    expect(running['validate']).toBeDefined();
    const stopped = { stop: { intent: { active: 'active' } } };
    expect(await gatesOf(asked({}, { earlier: stopped }))).not.toHaveProperty('validate');
  });
});

describe('headroom', () => {
  it('is unlimited where nothing is owed and nothing trimmed', async () => {
    await world.fill(5);
    await world.handle(SOURCE, 5);
    const { headroom } = await gatesOf(asked());
    expect(headroom).toMatchObject({ verdict: 'pass' });
  });

  it('fails where a stream is seen being trimmed close to what is owed, far below its configured length', async () => {
    await world.redis.command('XGROUP', 'CREATE', world.stream(), SOURCE, '0', 'MKSTREAM');
    const publish = async (): Promise<void> => {
      const trimmed = ['XADD', world.stream(), 'MAXLEN', '=', '30', '*', 'data', '{}'];
      await world.redis.pipeline(Array.from({ length: 10 }, () => trimmed));
    };
    for (let at = 0; at < 4; at += 1) await publish();
    let going = true;
    const traffic = (async () => {
      while (going) {
        await publish();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    try {
      const { headroom } = await gatesOf(asked());
      expect(headroom).toMatchObject({ verdict: 'fail', exitCode: 1 });
      expect(headroom?.evidence['streams']).toMatchObject([{ unlimited: false, entries: 0 }]);
    } finally {
      going = false;
      await traffic;
    }
  });

  it('is what half of the pause may use, in the result of the step', async () => {
    await world.fill(5, { groups: [SOURCE, TARGET] });
    await world.make('up');
    await world.reader();
    const { result } = await carry('gates', asked({ phase1: 'a', validate: 'b', headroom: 'c' }));
    const { headroomMs } = result;
    expect(headroomMs === null || Number(headroomMs) > 0).toBe(true);
  });
});

describe('the soak of the module before', () => {
  let guardian: ModulePlan;
  let plan: StepContext['plan'];

  beforeEach(async () => {
    const file = join(world.directory, 'guardian.env');
    await writeFile(file, 'BUS_GROUP=guardian-go\n');
    const [setting] = world.module.settings;
    if (setting === undefined) throw new Error('no setting');
    guardian = {
      ...world.module,
      name: 'guardian',
      settings: [{ ...setting, file, source: 'guardian', target: 'guardian-go' }],
      groups: { source: 'guardian', target: 'guardian-go', byType: {} },
    };
    plan = {
      ...world.plan,
      modules: [guardian, world.module],
      soak: { ...world.plan.soak, moduleMs: DAY },
    };
    await world.fill(5, { groups: [SOURCE, 'guardian', 'guardian-go'] });
    await world.handle('guardian-go', 5);
  });

  function since(soakSinceMs: number | null): MigrationHistory {
    const module = { side: 'target' as const, soakSinceMs, stranded: false };
    return { ...NO_HISTORY, modules: new Map([['guardian', module]]) };
  }

  it.each<[string, number | null, string, string]>([
    ['has not begun', null, 'inconclusive', 'the soak of guardian has not begun'],
    ['is not over', 0.5 * DAY, 'fail', 'the soak of guardian is not over'],
    ['is over without samples', 2 * DAY, 'inconclusive', 'there is no sample'],
  ])('refuses where it %s', async (_name, agoMs, verdict, message) => {
    const history = since(agoMs === null ? null : Date.now() - agoMs);
    const { soak, order } = await gatesOf(asked({}, { plan, history }));
    expect(order).toMatchObject({ verdict: 'pass' });
    expect(soak).toMatchObject({ verdict, exitCode: 1 });
    expect(soak?.message).toContain(message);
  });

  it('refuses while messages are parked, or its backlog is at the target', async () => {
    const claim = ['XCLAIM', world.stream(), 'guardian-go', 'orion-bus-parked', '0', '2-0'];
    await world.redis.command('XCLAIM', ...claim.slice(1), 'FORCE', 'JUSTID');
    const history = since(Date.now() - 2 * DAY);
    const parked = await gatesOf(asked({}, { plan, history }));
    expect(parked['soak']?.message).toBe('1 parked messages of guardian are not settled');
    await world.redis.command('XACK', world.stream(), 'guardian-go', '2-0');
    await world.add(6, 130);
    const behind = await gatesOf(asked({}, { plan, history }));
    expect(behind['soak']?.message).toContain('its backlog is 125, the target 100');
  });

  it('rests on the samples that were kept: over where they cover it, broken where one says so', async () => {
    const nowMs = await redisTimeMs(server.link);
    const short = { ...plan, soak: { ...plan.soak, moduleMs: 60_000 } };
    const context = (): StepContext => asked({}, { plan: short, history: since(nowMs - 300_000) });
    const keep = async (fromMs: number, toMs: number, lag: number): Promise<void> => {
      const log = new SampleLog(plan.stateDir);
      const group = { group: 'guardian-go', module: 'guardian', lag };
      const module = { module: 'guardian' };
      for (const sample of samples(nowMs + fromMs, nowMs + toMs, { group, module })) {
        await log.append(sample);
      }
    };
    expect((await gatesOf(context()))['soak']).toMatchObject({ verdict: 'inconclusive' });
    await keep(-300_000, 0, 0);
    // Nothing was captured on the source, so whether it behaves as it did cannot be told.
    const { soak } = await gatesOf(context());
    expect(soak).toMatchObject({ verdict: 'inconclusive', evidence: { samples: 31, leftMs: 0 } });
    expect(soak?.message).toContain('over, but of behaviour');
    await keep(0, 0, 150);
    const broken = await gatesOf(context());
    expect(broken['soak']?.message).toContain('the backlog of guardian-go reached 150');
  });

  it('is in error where the baseline cannot be read', async () => {
    await writeFile(join(plan.stateDir, 'baseline.json'), '{');
    const { soak } = await gatesOf(asked({}, { plan, history: since(null) }));
    expect(soak).toMatchObject({ verdict: 'error', exitCode: 1 });
  });

  it('is nobody’s where the module before is still on the source: then the order is wrong', async () => {
    await writeFile(guardian.settings[0]?.file ?? '', 'BUS_GROUP=guardian\n');
    const { order } = await gatesOf(asked({}, { plan }));
    expect(order).toMatchObject({ verdict: 'fail' });
    expect(order?.message).toBe('guardian must be moved before memory');
  });
});
