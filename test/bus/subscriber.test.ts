import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Bus,
  type Delivery,
  type EntryId,
  openSubscription,
  type SubscriptionProblem,
} from '../../src/bus/index.js';
import { ReloadableContracts } from '../../src/bus/reloadable-contracts.js';
import { loadContracts } from '../../src/contracts/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { contractsDirectory } from './bus-fixture.js';
import {
  DEAD,
  deadLetters,
  eventOf,
  eventsTo,
  GROUP,
  numberIn,
  openBus,
  pendingIn,
  quick,
  STREAM,
} from './subscriber-fixture.js';

let redis: TestRedis;
let bus: Bus;

beforeEach(async () => {
  redis = await startRedis();
  bus = await openBus(redis);
});
afterEach(async () => {
  await bus.close({ drainMs: 0 });
  await redis.stop();
});

test('messages come typed and in order, once each, and nothing is left pending', async () => {
  const seen: number[] = [];
  const deliveries: Delivery[] = [];
  await bus.publishBatch('event', eventsTo(50));
  const subscription = await bus.subscribe('event', quick, async (event, delivery) => {
    seen.push(numberIn(event));
    deliveries.push(delivery);
  });
  await bus.publishBatch('event', eventsTo(50));
  await until(() => seen.length === 100);
  expect(await subscription.close()).toEqual({
    ...{ drained: true, running: 0, pending: [], unconfirmed: [] },
  });
  const fifty = Array.from({ length: 50 }, (_, at) => at + 1);
  expect(seen).toEqual([...fifty, ...fifty]);
  expect(await pendingIn(redis.link)).toBe(0);
  expect(deliveries[0]).toMatchObject({ stream: STREAM, deliveries: 1 });
  expect(JSON.parse(deliveries[0]?.text ?? '')).toMatchObject({ data: { n: 1 } });
  expect(subscription.stats()).toMatchObject({ delivered: 100, handled: 100, inHand: 0, lost: 0 });
  expect(subscription.state).toBe('closed');
});

test('where a group begins is stated: refused without, else at the beginning, the tip or an id', async () => {
  const ids = await bus.publishBatch('event', eventsTo(3));
  const { start: _, ...silent } = quick;
  const problem = await problemOf(bus.subscribe('event', silent, async () => undefined));
  expect(problem).toMatchObject({ code: 'group.start-needed', exitCode: 3 });
  expect(await redis.link.command('XINFO', 'GROUPS', STREAM)).toEqual([]);
  const seen: Record<string, number[]> = { all: [], rest: [], tip: [] };
  const from = async (name: string, start: 'beginning' | 'tip' | EntryId): Promise<void> => {
    await bus.subscribe('event', { ...quick, group: name, start }, async (event) => {
      seen[name]?.push(numberIn(event));
    });
  };
  const [first] = ids;
  if (first === undefined) throw new Error('nothing was published');
  await from('all', 'beginning');
  await from('rest', first);
  await from('tip', 'tip');
  await bus.publish('event', eventOf({ n: 4 }));
  await until(() => Object.values(seen).every((numbers) => numbers.includes(4)));
  expect(seen).toEqual({ all: [1, 2, 3, 4], rest: [2, 3, 4], tip: [4] });
});

test('an existing group goes on where it is, whatever `start` says', async () => {
  await bus.publishBatch('event', eventsTo(2));
  await redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '$');
  const seen: number[] = [];
  await bus.subscribe('event', quick, async (event) => void seen.push(numberIn(event)));
  await bus.publish('event', eventOf({ n: 3 }));
  await until(() => seen.length > 0);
  expect(seen).toEqual([3]);
});

test('concurrency and credit are bounds', async () => {
  await bus.publishBatch('event', eventsTo(40));
  let running = 0;
  let most = 0;
  let mostPending = 0;
  let done = 0;
  const options = { ...quick, concurrency: 3, credit: 5 };
  await bus.subscribe('event', options, async () => {
    running += 1;
    most = Math.max(most, running);
    mostPending = Math.max(mostPending, await pendingIn(redis.link));
    running -= 1;
    done += 1;
  });
  await until(() => done === 40);
  expect(most).toBe(3);
  expect(mostPending).toBeLessThanOrEqual(5);
});

test('two consumers share a group: each message is handled once', async () => {
  const seen: number[] = [];
  const by = { one: 0, two: 0 };
  for (const consumer of ['one', 'two'] as const) {
    await bus.subscribe('event', { ...quick, consumer }, async (event) => {
      seen.push(numberIn(event));
      by[consumer] += 1;
    });
  }
  for (let from = 0; from < 200; from += 10) {
    const ten = Array.from({ length: 10 }, (_, at) => eventOf({ n: from + at }));
    await bus.publishBatch('event', ten);
  }
  await until(() => seen.length >= 200);
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
  expect(Math.min(by.one, by.two)).toBeGreaterThan(0);
});

test('a handler that fails is tried again by itself, with the others going on, then goes to the dead letters', async () => {
  const tries: number[] = [];
  const done: number[] = [];
  const problems: SubscriptionProblem[] = [];
  const options = {
    ...quick,
    // No sweep can help: only the retry of its own brings the entry back.
    minIdleMs: 60_000,
    maxDeliveries: 3,
    onProblem: (problem: SubscriptionProblem) => void problems.push(problem),
  };
  const subscription = await bus.subscribe('event', options, async (event, { deliveries }) => {
    if (numberIn(event) === 2) {
      tries.push(deliveries);
      throw new Error('the database said no');
    }
    done.push(numberIn(event));
  });
  const [, second] = await bus.publishBatch('event', eventsTo(4));
  await until(async () => (await redis.link.command('XLEN', DEAD)) === 1);
  await until(() => subscription.stats().inHand === 0);
  expect(done).toEqual([1, 3, 4]);
  expect(tries).toEqual([1, 2, 3]);
  const [letter] = await deadLetters(redis.link);
  expect(letter).toMatchObject({
    ...{ original_id: second, group: GROUP, deliveries: '3' },
    reason: 'handler: the database said no',
  });
  expect(JSON.parse(letter?.['data'] ?? '')).toMatchObject({ data: { n: 2 } });
  expect(Number(letter?.['time'])).toBeGreaterThan(1_600_000_000_000);
  expect(await pendingIn(redis.link)).toBe(0);
  expect(subscription.stats()).toMatchObject({ failed: 3, deadLettered: 1, handled: 3 });
  // Three failures are told once: a flood of failures is no flood of lines.
  expect(problems.map(({ code }) => code)).toEqual(['handler.failed', 'entry.dead']);
});

test('a handler that succeeds the second time is not delivered a third time', async () => {
  const tries: number[] = [];
  const subscription = await bus.subscribe('event', quick, async (_event, { deliveries }) => {
    tries.push(deliveries);
    if (deliveries === 1) throw new Error('not yet');
  });
  await bus.publish('event', eventOf({}));
  await until(() => subscription.stats().handled === 1);
  expect(tries).toEqual([1, 2]);
  expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
});

test('closing finishes what is in hand, and a handler may publish until then', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let began = 0;
  await bus.publishBatch('event', eventsTo(3));
  await bus.subscribe('event', { ...quick, concurrency: 3 }, async () => {
    began += 1;
    await held;
    await bus.publish('inference.response', {
      ...{ version: '1.0', timestamp: '2026-01-05T10:00:00Z', source: 'orion-brain' },
      ...{ request_id: 'dd4a3c6e-9c5c-4f4c-9a39-1c8b9d6f7e10', model: 'm' },
    });
  });
  await until(() => began === 3);
  const closing = bus.close({ drainMs: 30_000 });
  await bus.publish('event', eventOf({ n: 4 }));
  release();
  expect(await closing).toEqual([{ drained: true, running: 0, pending: [], unconfirmed: [] }]);
  expect(began).toBe(3);
  expect(await redis.link.command('XLEN', 'orion:inference.responses')).toBe(3);
  expect(await problemOf(bus.publish('event', eventOf({})))).toMatchObject({ code: 'bus.closed' });
});

test('at the deadline of closing a handler is told, and what it had stays pending and is named', async () => {
  const signals: AbortSignal[] = [];
  const ids = await bus.publishBatch('event', eventsTo(3));
  const subscription = await bus.subscribe('event', quick, (_event, { signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  });
  await until(() => subscription.stats().inHand === 3);
  const report = await subscription.close({ drainMs: 50 });
  expect(report).toEqual({ drained: false, running: 1, pending: ids, unconfirmed: [] });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(await pendingIn(redis.link)).toBe(3);
});

test('a second close hurries the first', async () => {
  await bus.publish('event', eventOf({}));
  const subscription = await bus.subscribe('event', quick, () => new Promise(() => undefined));
  await until(() => subscription.stats().running === 1);
  const closing = subscription.close({ drainMs: 3_600_000 });
  expect(subscription.state).toBe('draining');
  void subscription.close({ drainMs: 0 });
  expect((await closing).pending).toHaveLength(1);
});

test('what one process left pending the next one of the same name handles first', async () => {
  const ids = await bus.publishBatch('event', eventsTo(5));
  const first = await bus.subscribe('event', quick, () => new Promise(() => undefined));
  await until(() => first.stats().inHand === 5);
  await first.close({ drainMs: 0 });
  await bus.publish('event', eventOf({ n: 6 }));
  const seen: [number, number][] = [];
  await bus.subscribe('event', { ...quick, claim: false }, async (event, { deliveries }) => {
    seen.push([numberIn(event), deliveries]);
  });
  await until(() => seen.length === 6);
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
    [3, 2],
    [4, 2],
    [5, 2],
    [6, 1],
  ]);
  expect(ids).toHaveLength(5);
});

test('options that make no sense are refused by name', async () => {
  const handler = async (): Promise<void> => undefined;
  const wrong = [{ concurrency: 0 }, { credit: 1.5 }, { blockMs: 0 }, { maxDeliveries: 0 }];
  for (const part of wrong) {
    const problem = await problemOf(bus.subscribe('event', { ...quick, ...part }, handler));
    expect(problem.code).toBe('subscribe.option');
    expect(problem.message).toContain(Object.keys(part)[0]);
  }
  expect(await problemOf(bus.subscribe('nonsense', quick, handler))).toMatchObject({
    code: 'contract.unknown',
  });
});

test('when nothing succeeds any more, reading stops at a bound instead of filling the dead letters', async () => {
  await bus.publishBatch('event', eventsTo(200));
  let broken = true;
  const seen = new Set<number>();
  const options = { ...quick, concurrency: 5, retryMs: 50, maxDeliveries: 100 };
  const subscription = await bus.subscribe('event', options, async (event) => {
    if (broken) throw new Error('the database is away');
    seen.add(numberIn(event));
  });
  // Each of those that wait has failed three times, and nothing else was read meanwhile.
  await until(() => subscription.stats().failed > 60);
  expect(await pendingIn(redis.link)).toBeLessThanOrEqual(20);
  broken = false;
  await until(() => seen.size === 200);
  expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
});

test('a contract that is taken away holds its messages back, and condemns none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orion-contracts-'));
  const file = join(directory, 'event.schema.json');
  const keep = join(directory, 'incident.schema.json');
  await cp(join(contractsDirectory, 'incident.schema.json'), keep);
  await cp(join(contractsDirectory, 'event.schema.json'), file);
  const contracts = await ReloadableContracts.open(() => loadContracts({ directory }));
  const problems: string[] = [];
  const seen: number[] = [];
  const options = {
    ...quick,
    onProblem: ({ code }: SubscriptionProblem) => void problems.push(code),
  };
  const context = { link: redis.link, contracts, prefix: 'orion' };
  const subscription = await openSubscription(context, 'event', options, async (event) => {
    seen.push(numberIn(event));
  });
  try {
    await rm(file);
    await contracts.reload();
    await bus.publish('event', eventOf({ n: 1 }));
    await until(() => problems.length > 0);
    expect(problems).toEqual(['contract.missing']);
    expect([seen, await pendingIn(redis.link)]).toEqual([[], 1]);
    await cp(join(contractsDirectory, 'event.schema.json'), file);
    await contracts.reload();
    await until(() => seen.length === 1);
  } finally {
    await subscription.close({ drainMs: 0 });
    await rm(directory, { recursive: true });
  }
});
