import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Bus } from '../../src/bus/index.js';
import { builtPackage } from '../support/built.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { type ConsumerProcess, type Deed, startConsumer } from './consumer-process.js';
import {
  deadLetters,
  eventOf,
  eventsTo,
  numberIn,
  openBus,
  pendingIn,
  quick,
} from './subscriber-fixture.js';

/* Rows of the failure table in which a process dies, or hangs, or has to end. */

let redis: TestRedis;
let bus: Bus;
let processes: ConsumerProcess[];

beforeAll(builtPackage);
beforeEach(async () => {
  redis = await startRedis();
  bus = await openBus(redis);
  processes = [];
});
afterEach(async () => {
  for (const each of processes) each.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await bus.close({ drainMs: 0 });
  await redis.stop();
});

const { onProblem: _, ...options } = quick;

async function start(deeds: Record<number, Deed>, more: object = {}): Promise<ConsumerProcess> {
  const consumer = await startConsumer(redis, { ...options, ...more }, deeds);
  processes.push(consumer);
  return consumer;
}

const linesOf = (all: readonly ConsumerProcess[], word: string): string[] =>
  all.flatMap(({ lines }) => lines.filter((line) => line.startsWith(`${word} `)));

test('row 10, killed between the work and its acknowledgement: handled again, and counted', async () => {
  await bus.publishBatch('event', eventsTo(3));
  const first = await start({ 2: 'finish' });
  expect(await first.ended).toBe('SIGKILL');
  const second = await start({});
  await until(() => second.lines.includes('done 3'));
  await until(async () => (await pendingIn(redis.link)) === 0);
  expect(linesOf([first], 'done')).toEqual(['done 1', 'done 2']);
  expect(linesOf([second], 'begin')).toEqual(['begin 2 2', 'begin 3 2']);
});

test('row 11, a message that kills its process ends in the dead letters, and the rest flow on', async () => {
  await bus.publishBatch('event', eventsTo(6));
  const deeds = { 3: 'die' } as const;
  // As a service manager would, until it stays up.
  let last = await start(deeds, { maxDeliveries: 4 });
  while ((await Promise.race([last.ended, allDone(last)])) === 'SIGKILL') {
    last = await start(deeds, { maxDeliveries: 4 });
  }
  await until(async () => (await pendingIn(redis.link)) === 0);
  const begun = linesOf(processes, 'begin');
  expect(begun.filter((line) => line.startsWith('begin 3 '))).toEqual(
    [1, 2, 3, 4].map((deliveries) => `begin 3 ${deliveries}`),
  );
  const done = linesOf(processes, 'done');
  expect(new Set(done)).toEqual(new Set([1, 2, 4, 5, 6].map((n) => `done ${n}`)));
  // The innocent behind it were handled once, however often it killed their process.
  expect(done.filter((line) => /[456]$/.test(line))).toHaveLength(3);
  const letters = await deadLetters(redis.link);
  expect(letters).toHaveLength(1);
  expect(letters[0]).toMatchObject({ deliveries: '4' });
  expect(letters[0]?.['reason']).toMatch(/^deliveries: /);
});

test('row 11, beside it the innocent that ran at the same time are not taken for poison', async () => {
  await bus.publishBatch('event', eventsTo(8));
  const deeds = { 5: 'linger', 6: 'linger', 7: 'linger', 8: 'die' } as const;
  const more = { concurrency: 4, maxDeliveries: 5 };
  let last = await start(deeds, more);
  while ((await Promise.race([last.ended, deadLettered()])) === 'SIGKILL') {
    last = await start(deeds, more);
  }
  await until(async () => (await pendingIn(redis.link)) === 0);
  const letters = await deadLetters(redis.link);
  expect(letters.map(({ data }) => JSON.parse(data ?? '').data.n)).toEqual([8]);
  expect(new Set(linesOf(processes, 'done')).size).toBe(7);
});

test('row 9, an event loop that hangs gives no signs of life: another takes over, and the handler is told', async () => {
  await bus.publish('event', eventOf({ n: 1 }));
  const frozen = await start({ 1: 'freeze' });
  await until(() => frozen.lines.includes('begin 1 1'));
  const seen: number[] = [];
  const other = { ...quick, consumer: 'two' };
  await bus.subscribe('event', other, async (event) => void seen.push(numberIn(event)));
  await until(() => seen.length === 1);
  await until(async () => (await pendingIn(redis.link)) === 0);
  await bus.publish('event', eventOf({ n: 2 }));
  await until(() => seen.length === 2);
  expect(seen).toEqual([1, 2]);
});

test('row 9, it is told as soon as it can be, and acknowledges nothing', async () => {
  await bus.publish('event', eventOf({ n: 1 }));
  const frozen = await start({ 1: 'freeze' });
  await until(() => frozen.lines.includes('begin 1 1'));
  let finish: () => void = () => undefined;
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const options = { ...quick, consumer: 'two' };
  const subscription = await bus.subscribe('event', options, () => work);
  await until(() => subscription.stats().running === 1);
  frozen.thaw();
  await until(() => frozen.lines.includes('done 1'));
  // Closing confirms whatever there is to acknowledge.
  frozen.kill('SIGTERM');
  await until(() => linesOf([frozen], 'left').length === 1);
  expect(await pendingIn(redis.link)).toBe(1);
  expect(frozen.lines).toContain('told 1');
  expect(frozen.lines).toContain('problem entry.lost');
  finish();
  await until(async () => (await pendingIn(redis.link)) === 0);
  expect(subscription.stats()).toMatchObject({ handled: 1, lost: 0 });
});

test('row 19, a consumer that comes back under its name leaves no other behind', async () => {
  await bus.publishBatch('event', eventsTo(2));
  for (const round of [1, 2, 3]) {
    const consumer = await start({});
    await until(() => consumer.lines.includes('ready'));
    await bus.publish('event', eventOf({ n: 10 + round }));
    await until(() => consumer.lines.includes(`done ${10 + round}`));
    consumer.kill('SIGKILL');
    await consumer.ended;
  }
  const consumers = await redis.link.command('XINFO', 'CONSUMERS', 'orion:events', 'memory');
  expect(consumers).toHaveLength(1);
});

async function allDone(consumer: ConsumerProcess): Promise<string> {
  await until(() => consumer.lines.includes('done 6'));
  return 'done';
}

async function deadLettered(): Promise<string> {
  await until(async () => (await deadLetters(redis.link)).length > 0);
  return 'dead';
}
