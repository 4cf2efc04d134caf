import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ArrivalRate, arrivalRate, lookAtStream, redisTimeMs } from '../../src/facts/index.js';
import {
  type Capabilities,
  probeCapabilities,
  type RedisLink,
  streamKey,
} from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/* Ids say when an entry was added, so an hour of traffic can be laid out in a moment. */

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

beforeEach(() => link.command('DEL', stream));

it('of a stream that is missing or empty is none', async () => {
  expect(await rate()).toEqual({ known: true, perSecond: 0 });
  await link.command('XGROUP', 'CREATE', stream, 'g', '0', 'MKSTREAM');
  expect(await rate()).toEqual({ known: true, perSecond: 0 });
});

it('of a stream on which nothing arrives any more is none', async () => {
  await arrived(500, { fromMs: 3_600_000, toMs: 120_000 });
  expect(await rate()).toEqual({ known: true, perSecond: 0 });
});

it('is that of the last 10 s where it rises, and that of the last 60 s where it falls', async () => {
  await arrived(600, { fromMs: 58_000, toMs: 12_000 });
  await arrived(500, { fromMs: 8_000, toMs: 10 });
  expect(await rate()).toEqual({ known: true, perSecond: 50 });
  await link.command('DEL', stream);
  await arrived(1_200, { fromMs: 58_000, toMs: 30_000 });
  expect(await rate()).toEqual({ known: true, perSecond: 20 });
});

it('is reckoned over what trimming left of the window', async () => {
  await arrived(1_000, { fromMs: 5_000, toMs: 10 });
  await link.command('XTRIM', stream, 'MAXLEN', 400);
  const found = await rate();
  // 400 entries reach back over two of the five seconds.
  expect(found.known && found.perSecond).toBeGreaterThan(150);
});

it('is that of the last second where more arrives than is counted', async () => {
  await arrived(25_000, { fromMs: 8_000, toMs: 1_500 });
  await arrived(3_000, { fromMs: 600, toMs: 10 });
  const found = await rate();
  expect(found.known && found.perSecond).toBeGreaterThanOrEqual(2_500);
});

it('is unknown where it is too high to count, or the ids are from the future', async () => {
  await arrived(21_000, { fromMs: 500, toMs: -40_000 });
  expect(await rate()).toEqual({
    known: false,
    reason: 'more than 20000 entries arrived within a second',
  });
  await arrived(1, { fromMs: -3_600_000, toMs: -3_600_000 });
  expect(await rate()).toEqual({ known: false, reason: 'the stream has ids from the future' });
});

async function rate(): Promise<ArrivalRate> {
  return arrivalRate(link, await lookAtStream(link, capabilities, stream, { countCap: 0 }));
}

/** Adds entries as if they had arrived evenly from so many milliseconds ago to so many. */
async function arrived(
  count: number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<void> {
  const now = await redisTimeMs(link);
  const script =
    'for i = 0, tonumber(ARGV[1]) - 1 do ' +
    'local ms = math.floor(ARGV[2] + (ARGV[3] - ARGV[2]) * i / ARGV[1]) ' +
    "redis.call('XADD', KEYS[1], string.format('%.0f-*', ms), 'f', 'v') end";
  await link.command('EVAL', script, 1, stream, count, now - fromMs, now - toMs);
}
