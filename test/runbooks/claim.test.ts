import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardStreams } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { listOf } from '../../src/redis/index.js';
import { type ClaimJob, carryOutClaim } from '../../src/runbooks/index.js';
import { type SweepPage, sweepPending } from '../../src/steps/index.js';
import { SOURCE, World } from '../steps/step-rig.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { hostOf } from './verb-rig.js';

/* Claiming very many, and what happens to a claim in whose way somebody comes. */

const MANY = 20_000;
const FILL = `
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
  for i = 1, tonumber(ARGV[2]) do redis.call('XADD', KEYS[1], i .. '-0', 'data', '{}') end
  redis.call('XREADGROUP', 'GROUP', ARGV[1], 'dead', 'COUNT', ARGV[2], 'STREAMS', KEYS[1], '>')`;

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
});

describe('a claim of very many entries', () => {
  it('goes page by page, and on where it was broken off', async () => {
    await fill(MANY);
    let pagesHeld = 0;
    const first = await claim({ interrupted: () => pagesHeld > 6, onProgress: () => pagesHeld++ });
    expect(first).toMatchObject({ complete: false });
    expect(first.tally.claimed).toBe(7_000);
    const second = await claim({});
    expect(second).toMatchObject({ complete: true, tally: { held: 7_000, claimed: 13_000 } });
    expect(await holders()).toEqual([['alive', String(MANY)]]);
  });

  it('takes no more than a page of them at a time', async () => {
    await fill(MANY);
    let largest = 0;
    for await (const { chosen } of pages()) largest = Math.max(largest, chosen.length);
    expect(largest).toBe(1_000);
    let limited = 0;
    for await (const { chosen } of pages(1_500)) limited += chosen.length;
    expect(limited).toBe(1_500);
  });
});

describe('a claim in whose way somebody comes', () => {
  it('leaves what was claimed, delivered again or acknowledged since it was seen', async () => {
    await fill(4);
    const stream = world.stream();
    const meanwhile = async function* () {
      for await (const page of pages()) {
        await world.redis.command('XACK', stream, SOURCE, '1-0');
        await world.redis.command('XCLAIM', stream, SOURCE, 'other', 0, '2-0');
        await world.redis.command('XCLAIM', stream, SOURCE, 'dead', 0, '3-0');
        yield page;
      }
    };
    const { tally } = await claim({}, meanwhile());
    expect(tally).toMatchObject({ claimed: 1, lostRace: 3 });
    expect((await world.group(SOURCE))?.pending).toEqual(['2-0 other', '3-0 dead', '4-0 alive']);
  });

  it('is refused by every script once a later operator has guarded the stream', async () => {
    await fill(3);
    const outrun = async function* () {
      for await (const page of pages()) {
        await guardStreams(world.redis, Number.MAX_SAFE_INTEGER, [world.stream()]);
        yield page;
      }
    };
    await expect(claim({}, outrun())).rejects.toMatchObject({ code: 'lease.lost' });
    expect((await world.group(SOURCE))?.pending).toEqual(['1-0 dead', '2-0 dead', '3-0 dead']);
  });
});

async function fill(count: number): Promise<void> {
  await world.redis.command('EVAL', FILL, 1, world.stream(), SOURCE, count);
}

function pages(limit = Number.POSITIVE_INFINITY): AsyncGenerator<SweepPage> {
  const place = { stream: world.stream(), group: SOURCE };
  const filter = { minIdleMs: 0, consumer: null, exceptHolder: 'alive', limit };
  return sweepPending(world.redis, [place], filter);
}

function claim(watch: Partial<ClaimJob>, from: AsyncIterable<SweepPage> = pages()) {
  const job: ClaimJob = {
    to: { kind: 'consumer', consumer: 'alive' },
    minIdleMs: 0,
    places: [{ stream: world.stream(), group: SOURCE }],
    chosenBy: {},
    interrupted: () => false,
    onProgress: () => undefined,
    ...watch,
  };
  return carryOutClaim({ ...hostOf(world), clock: systemClock }, job, from);
}

async function holders(): Promise<readonly unknown[]> {
  const [, , , byConsumer] = listOf(await world.redis.command('XPENDING', world.stream(), SOURCE));
  return listOf(byConsumer).map(listOf);
}
