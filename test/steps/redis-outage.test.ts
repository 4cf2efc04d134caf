import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardStreams } from '../../src/journal/index.js';
import { type Clock, OrionError, systemClock } from '../../src/problems/index.js';
import { expectHeadroomLeft, untilRedisAnswers } from '../../src/steps/redis-outage.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, kind, type Remembered, SOURCE, TARGET, TOKEN, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  await world.fill(5, { groups: [SOURCE, TARGET] });
  await world.handle(SOURCE, 5);
});
afterEach(() => world.end());

/** A clock that goes on by itself only while somebody sleeps. */
function steppedClock(): Clock & { slept: number } {
  const clock = {
    slept: 0,
    now: () => clock.slept,
    sleep: async (ms: number) => {
      clock.slept += ms;
    },
  };
  return clock;
}

const headroom = (headroomMs: number | null, stoppedAtMs = 0): Remembered => ({
  gates: { result: { headroomMs } },
  stop: { result: { stoppedAtMs } },
});

const gone = new OrionError({ kind: 'prerequisite', code: 'redis.unreachable', message: 'gone' });

describe('a Redis that is gone in the pause', () => {
  it('is asked again until it is back', async () => {
    const redis = await world.redis.duplicate('pause');
    await server.kill();
    const turning = kind('turn').apply(
      world.context({ redis, guard: (streams) => guardStreams(redis, TOKEN, streams) }),
      {},
      { announced: 0, streams: [] },
      () => undefined,
    );
    await systemClock.sleep(200);
    await server.restart();
    expect(await turning).toMatchObject({ streams: [{ cursor: '5-0' }] });
    redis.close();
  });

  it.each([
    ['half of the headroom', 8_000, 4_000],
    ['a minute, where there is more headroom', 10 * 60_000, 60_000],
    ['a minute, where nothing is known', null, 60_000],
  ])('is given up after %s', async (_name, headroomMs, limitMs) => {
    const clock = steppedClock();
    let asked = 0;
    const asking = untilRedisAnswers(
      world.context({ clock, earlier: headroom(headroomMs) }),
      async () => {
        asked += 1;
        throw gone;
      },
    );
    expect(await problemOf(asking)).toBe(gone);
    expect(clock.slept).toBe(limitMs);
    expect(asked).toBe(limitMs / 250 + 1);
  });

  it('is the only thing that is tried again', async () => {
    const refused = new Error('WRONGTYPE');
    const clock = steppedClock();
    const asking = untilRedisAnswers(world.context({ clock }), () => Promise.reject(refused));
    await expect(asking).rejects.toBe(refused);
    expect(clock.slept).toBe(0);
  });

  it('is not waited for once the step was told to end', async () => {
    const clock = steppedClock();
    const signal = AbortSignal.abort();
    const asking = untilRedisAnswers(world.context({ clock, signal }), () => Promise.reject(gone));
    expect(await problemOf(asking)).toBe(gone);
    expect(clock.slept).toBe(0);
  });
});

describe('a pause', () => {
  const at = (now: number): Clock => ({ ...systemClock, now: () => now });

  it.each([
    ['less than half of the headroom', 10_000, 4_999, null],
    ['half of it', 10_000, 5_000, 'pause.too-long'],
    ['long, where trimming is no danger', null, 3_600_000, null],
  ])('that has used %s', (_name, headroomMs, usedMs, code) => {
    const context = world.context({
      clock: at(1_000 + usedMs),
      earlier: headroom(headroomMs, 1_000),
    });
    const look = (): void => expectHeadroomLeft(context);
    if (code === null) expect(look).not.toThrow();
    else expect(look).toThrow(expect.objectContaining({ code, exitCode: 1 }));
  });

  it('that has not begun has used nothing', () => {
    const earlier = { gates: { result: { headroomMs: 1 } } };
    expect(() => expectHeadroomLeft(world.context({ earlier }))).not.toThrow();
  });

  it.each(['fence', 'turn', 'look-again'])('that was too long ends at %s', async (name) => {
    const earlier = headroom(2_000, Date.now() - 1_500);
    const problem = await problemOf(carry(name, world.context({ earlier })));
    expect(problem).toMatchObject({ code: 'pause.too-long', exitCode: 1 });
    expect(await world.group(TARGET)).toMatchObject({ cursor: '0-0' });
  });
});
