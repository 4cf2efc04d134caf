import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupIn, type Lag, lagAtLeast, lookAtStream } from '../../src/facts/index.js';
import {
  type Capabilities,
  listOf,
  probeCapabilities,
  type RedisLink,
  streamKey,
  textOf,
} from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/*
 * A lag that is known is right, and one that is unknown is no more than the truth. The truth is found
 * by listing every entry after the cursor.
 */

const stream = streamKey('orion:events');
let server: TestRedis;
let link: RedisLink;
let capabilities: Capabilities;

beforeAll(async () => {
  server = await startRedis();
  link = server.link;
  capabilities = await probeCapabilities(link, 'orion');
});

afterAll(() => server.stop());

type Op = readonly [name: string, n: number];
const op: fc.Arbitrary<Op> = fc.tuple(
  fc.constantFrom('add', 'add', 'add', 'read', 'read', 'delete', 'trim', 'set', 'set-unknown'),
  fc.nat({ max: 12 }),
);

describe('the lag of a group', () => {
  it.each([
    ['counted far enough', 1_000],
    ['counted a little', 3],
    ['not counted', 0],
  ])('is right in random states of a stream, %s', async (_name, countCap) => {
    const seed = Date.now() % 2 ** 31;
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
        await play(ops);
        const { lag, truth } = await lookAndCount(countCap);
        if (lag.known) expect(lag.value).toBe(truth);
        else expect(lag.atLeast).toBeLessThanOrEqual(truth);
        if (countCap > truth) expect(lag.known).toBe(true);
        if (truth === 0) expect(lagAtLeast(lag)).toBe(0);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('is not believed from a server that is wrong after trimming', async () => {
    await play([
      ['add', 10],
      ['read', 3],
      ['trim', 4],
    ]);
    const { lag, truth } = await lookAndCount(0);
    expect(truth).toBe(4);
    // The first entry lies after the cursor, so plain logic on ids knows it.
    expect(lag).toEqual({ known: true, value: 4, source: 'derived' });
  });

  it('says where the number comes from', async () => {
    await play([
      ['add', 10],
      ['read', 4],
    ]);
    const server7 = { ...capabilities, exactLag: true };
    expect((await lookAndCount(100, server7)).lag).toEqual({
      known: true,
      value: 6,
      source: 'server',
    });
    const older = { ...capabilities, exactLag: false };
    expect((await lookAndCount(100, older)).lag).toEqual({
      known: true,
      value: 6,
      source: 'counted',
    });
    expect((await lookAndCount(5, older)).lag).toEqual({ known: false, atLeast: 5 });
    expect((await lookAndCount(0, older)).lag.known).toBe(false);
  });

  it('is 0 where nothing is left after the cursor, without counting', async () => {
    await play([
      ['add', 10],
      ['read', 8],
      ['delete', 8],
      ['delete', 8],
    ]);
    const { lag, truth } = await lookAndCount(0, { ...capabilities, exactLag: false });
    expect(truth).toBe(0);
    expect(lag).toMatchObject({ known: true, value: 0 });
  });
});

async function play(ops: readonly Op[]): Promise<void> {
  await link.command('DEL', stream);
  await link.command('XGROUP', 'CREATE', stream, 'g', '0', 'MKSTREAM');
  let added = 0;
  for (const [name, n] of ops) {
    const present = await entries('-');
    if (name === 'add') {
      for (let i = 0; i < n; i += 1) {
        added += 1;
        await link.command('XADD', stream, `${added}-0`, 'f', 'v');
      }
    } else if (name === 'read' && n > 0) {
      await link.command('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', n, 'STREAMS', stream, '>');
    } else if (name === 'delete' && present.length > 0) {
      await link.command('XDEL', stream, present[n % present.length] ?? '');
    } else if (name === 'trim') {
      await link.command('XTRIM', stream, 'MAXLEN', n);
    } else if (name === 'set') {
      await link.command('XGROUP', 'SETID', stream, 'g', `${Math.min(n, added)}-0`);
    } else if (name === 'set-unknown') {
      await link.command('XGROUP', 'SETID', stream, 'g', `${n}-7`);
    }
  }
}

async function lookAndCount(
  countCap: number,
  can = capabilities,
): Promise<{ lag: Lag; truth: number }> {
  const group = groupIn(await lookAtStream(link, can, stream, { countCap }), 'g');
  if (group === null) throw new Error('the group is missing');
  return { lag: group.lag, truth: (await entries(`(${group.cursor}`)).length };
}

async function entries(from: string): Promise<readonly string[]> {
  const found = listOf(await link.command('XRANGE', stream, from, '+'));
  return found.map((entry) => textOf(listOf(entry)[0]));
}
