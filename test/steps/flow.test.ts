import { appendFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Baseline, writeBaseline } from '../../src/evidence/index.js';
import { logPosition } from '../../src/facts/index.js';
import type { JsonObject } from '../../src/problems/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { carry, type Remembered, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  await writeFile(world.logFile, 'ERROR of long ago\n');
});
afterEach(() => world.end());

/** The module was turned at its 5th entry, edited and started. */
async function started(
  more: { abandoned?: boolean; ran?: boolean; receiving?: string } = {},
): Promise<Remembered> {
  const { abandoned = false, ran = true, receiving = TARGET } = more;
  await world.fill(5, { groups: [SOURCE, TARGET] });
  await world.handle(SOURCE, 5);
  await world.handle(TARGET, 5);
  await world.point(TARGET);
  await world.make('up', ran);
  const log: JsonObject = { ...(await logPosition(world.logFile, 'orion-memory', 0)) };
  const turned = {
    ...{ stream: world.stream(), giving: SOURCE, receiving, cursor: '5-0', abandoned },
  };
  return {
    stop: { intent: { active: ran ? 'active' : 'inactive', ran } },
    turn: { result: { streams: [turned] } },
    start: { intent: { log }, result: { started: ran } },
  };
}

const blocked = (): Promise<unknown> =>
  until(async () => String(await world.redis.command('CLIENT', 'LIST')).includes('flags=b'));

const baselineWith = (errorsPerMinute: Baseline['errorsPerMinute']): Baseline => ({
  ...{ v: 1, capturedAt: '2026-01-01T00:00:00.000Z', durationMs: 60_000, samples: 6 },
  ...{ memoryBytes: null, publishP95Ms: null, subscribeP95Ms: null, lag: [], errorsPerMinute },
  ...{ messagesPerMinute: {}, bySourcePerMinute: {}, handledPerMinute: {} },
});

describe('flow', () => {
  it('is there once a message delivered since the turn is acknowledged', async () => {
    const earlier = await started();
    await world.add(6, 9);
    await world.reader();
    const { result } = await carry('flow', world.context({ earlier }));
    expect(result).toMatchObject({ verdict: 'pass', reader: true, backlog: 0 });
    expect(result['acknowledged']).toBeGreaterThan(0);
  });

  it('is idle where somebody reads and no message comes', async () => {
    const earlier = await started();
    await world.reader();
    await blocked();
    const { result } = await carry('flow', world.context({ earlier }));
    expect(result).toMatchObject({ verdict: 'pass', idle: true, acknowledged: 0 });
  });

  it('is none where nobody reads', async () => {
    const problem = await problemOf(carry('flow', world.context({ earlier: await started() })));
    expect(problem).toMatchObject({ code: 'flow.no-reader', exitCode: 3 });
  });

  it('is none where what is delivered is not handled', async () => {
    const earlier = await started();
    await world.add(6, 200);
    await world.handle(TARGET, 195, { pending: Array.from({ length: 195 }, (_, at) => 6 + at) });
    const handoff = { ...world.plan.handoff, flowWaitMs: 60 };
    const plan = { ...world.plan, handoff };
    const problem = await problemOf(carry('flow', world.context({ plan, earlier })));
    expect(problem).toMatchObject({ code: 'flow.backlog', exitCode: 3 });
    expect(problem.message).toContain('0 acknowledged, backlog 195 (target 100)');
  });

  it('waits while the backlog goes down, and says how far it is', async () => {
    const earlier = await started();
    await world.add(6, 400);
    await world.handle(TARGET, 1);
    const said: string[] = [];
    const { STEP_KINDS } = await import('../../src/steps/index.js');
    const looking = STEP_KINDS.get('flow')?.apply(
      world.context({ earlier }),
      {},
      {},
      ({ text }) => void said.push(text),
    );
    await until(() => said.length > 0);
    await world.handle(TARGET, 200);
    await until(() => said.length > 1);
    await world.handle(TARGET, 200);
    expect(await looking).toMatchObject({ verdict: 'pass', backlog: 0 });
    expect(said).toEqual(['backlog 394, target below 100', 'backlog 194, target below 100']);
  });

  it('leaves out what is parked', async () => {
    const earlier = await started();
    await world.add(6, 130);
    const ids = Array.from({ length: 120 }, (_, at) => `${6 + at}-0`);
    await world.handle(TARGET, 120, { pending: ids.map((id) => Number.parseInt(id, 10)) });
    await world.redis.command(
      ...['XCLAIM', world.stream(), TARGET, 'orion-bus-parked', '0'],
      ...[...ids, 'JUSTID'],
    );
    await world.handle(TARGET, 5);
    const { result } = await carry('flow', world.context({ earlier }));
    expect(result).toMatchObject({ verdict: 'pass', backlog: 0 });
  });

  it('fails with 4 for errors in the log since the start, not for those before', async () => {
    const earlier = await started();
    await world.reader();
    await world.add(6, 9);
    expect((await carry('flow', world.context({ earlier }))).result['verdict']).toBe('pass');
    await appendFile(world.logFile, 'Traceback (most recent call last):\nfine\nERROR again\n');
    const problem = await problemOf(carry('flow', world.context({ earlier })));
    expect(problem).toMatchObject({ code: 'flow.errors', exitCode: 4 });
    expect(problem.message).toContain('2 lines of errors');
  });

  it('takes no more errors than half above the baseline for more', async () => {
    const earlier = await started();
    await world.reader();
    await world.add(6, 9);
    await writeBaseline(world.plan.stateDir, baselineWith({ memory: 2 }));
    await appendFile(world.logFile, 'ERROR one\nERROR two\nERROR three\n');
    expect((await carry('flow', world.context({ earlier }))).result['verdict']).toBe('pass');
    await appendFile(world.logFile, 'ERROR four\n');
    const problem = await problemOf(carry('flow', world.context({ earlier })));
    expect(problem).toMatchObject({ code: 'flow.errors', exitCode: 4 });
  });

  it('does not wait for what the turn left to be claimed', async () => {
    const earlier = await started();
    await world.redis.command(
      ...['XCLAIM', world.stream(), TARGET, 'orion-bus-handoff', '0'],
      ...['1-0', '2-0', '3-0', 'FORCE', 'JUSTID'],
    );
    await world.add(6, 6);
    await world.reader();
    const { result } = await carry('flow', world.context({ earlier }));
    expect(result).toMatchObject({ verdict: 'pass', acknowledged: 1, backlog: 0 });
  });

  it('fails where the giving group has moved: a second reader takes its messages', async () => {
    const earlier = await started();
    await world.add(6, 9);
    await world.reader();
    await world.handle(SOURCE, 1);
    const problem = await problemOf(carry('flow', world.context({ earlier })));
    expect(problem).toMatchObject({ code: 'fence.moved', exitCode: 3 });
    expect(problem.message).toContain(`${SOURCE} on ${world.stream()} stands at 6-0, not at 5-0`);
  });

  it('fails where the module has ended again', async () => {
    const earlier = await started();
    await world.make('up', false);
    const problem = await problemOf(carry('flow', world.context({ earlier })));
    expect(problem).toMatchObject({ code: 'flow.down', exitCode: 3 });
  });

  it('is not waited for where the module stays down, or nothing was handed over', async () => {
    const down = await carry('flow', world.context({ earlier: await started({ ran: false }) }));
    expect(down.result).toMatchObject({ reason: 'the module is down, as it was' });
    await world.make('up');
    const nothing = await carry('flow', world.context());
    expect(nothing.result).toMatchObject({ reason: 'nothing was handed over' });
  });

  it('is not waited for on a stream that was abandoned', async () => {
    const earlier = await started({ abandoned: true });
    const { result } = await carry('flow', world.context({ earlier }));
    expect(result).toMatchObject({ verdict: 'pass', reason: 'nothing was handed over' });
  });
});
