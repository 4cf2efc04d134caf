import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';
import {
  DEAD,
  deadLetters,
  eventOf,
  GROUP,
  pendingIn,
  quick,
  STREAM,
} from './subscriber-fixture.js';
import { reading, startWorld, type World } from './subscriber-world.js';

/* Rows of the failure table about entries that cannot be handled, and about full memory. */

let world: World;
let redis: World['redis'];
let proxy: World['proxy'];
let bus: World['bus'];
let problems: World['problems'];
let subscribe: World['subscribe'];
let publish: World['publish'];
let numbers: World['numbers'];
let settled: World['settled'];

beforeEach(async () => {
  world = await startWorld();
  ({ redis, proxy, bus, problems, subscribe, publish, numbers, settled } = world);
});
afterEach(() => world.stop());

describe('row 12, an entry that cannot be read', () => {
  test('goes to the dead letters at once, as it was, and the others go on', async () => {
    const bad = [
      ['note', 'no data'],
      ['data', '{"half":'],
      ['data', JSON.stringify({ ...eventOf({ n: 9 }), severity: 'fatal' })],
    ];
    const ids: unknown[] = [];
    for (const fields of bad) ids.push(await redis.link.command('XADD', STREAM, '*', ...fields));
    await publish(1);
    const subscription = await subscribe();
    await until(() => numbers().includes(1));
    await until(settled);
    const letters = await deadLetters(redis.link);
    expect(letters.map((letter) => letter['original_id'])).toEqual(ids);
    expect(letters.map((letter) => letter['reason'])).toEqual([
      'contract: the entry has no field `data`',
      expect.stringMatching(/^contract: message: expected /),
      expect.stringMatching(/^contract: \/severity: expected one of /),
    ]);
    expect(letters[0]).toMatchObject({ note: 'no data', group: GROUP, deliveries: '1' });
    expect(letters[2]?.['data']).toBe(bad[2]?.[1]);
    expect(subscription.stats()).toMatchObject({ deadLettered: 3, delivered: 1, failed: 0 });
  });

  test('a format that does not hold is no breach of the contract', async () => {
    const odd = { ...eventOf({ n: 1 }), event_id: 'not a uuid', timestamp: 'yesterday' };
    await redis.link.command('XADD', STREAM, '*', 'data', JSON.stringify(odd));
    await subscribe();
    await until(() => numbers().includes(1));
    expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
  });

  test('an entry of thousands of fields is no reason to stay either', async () => {
    const fields = Array.from({ length: 4_500 }, (_, at) => [`f${at}`, 'x']).flat();
    await redis.link.command('XADD', STREAM, '*', ...fields);
    await publish(1);
    await subscribe();
    await until(() => numbers().includes(1));
    await until(settled);
    const [letter] = await deadLetters(redis.link);
    expect(JSON.parse(letter?.['fields'] ?? '')).toHaveLength(9_000);
  });
});

describe('row 13, the move to the dead letters is interrupted', () => {
  test('the answer is lost: the letter is there once, and the entry is not pending', async () => {
    await redis.link.command('XADD', STREAM, '*', 'data', 'nonsense');
    const cut = proxy.cutAfterRequest(DEAD);
    const subscription = await subscribe();
    await cut;
    await until(settled);
    await until(() => subscription.stats().inHand === 0);
    expect(await deadLetters(redis.link)).toHaveLength(1);
  });

  test('it is not this consumer any more: nothing is moved', async () => {
    const subscription = await bus.subscribe(
      'event',
      { ...quick, maxDeliveries: 1, claim: false, minIdleMs: 60_000 },
      async (_event, { id }) => {
        await redis.link.command('XCLAIM', STREAM, GROUP, 'other', '0', id);
        throw new Error('no');
      },
    );
    await publish(1);
    await until(() => subscription.stats().lost === 1);
    expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
    expect(await pendingIn(redis.link)).toBe(1);
  });
});

test('row 16, entries trimmed while pending are acknowledged and counted as ghosts', async () => {
  for (let n = 1; n <= 4; n += 1) await publish(n);
  await redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '0');
  const read = (consumer: string, count: string) =>
    redis.link.command(
      ...['XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', count, 'STREAMS', STREAM, '>'],
    );
  await read('one', '1');
  await read('dead', '2');
  await redis.link.command('XTRIM', STREAM, 'MAXLEN', '1');
  const subscription = await subscribe();
  await until(() => numbers().includes(4));
  await until(settled);
  expect(numbers()).toEqual([4]);
  expect(subscription.stats()).toMatchObject({ ghosts: 3, deadLettered: 0 });
  expect(problems).toEqual(['entry.ghost']);
});

describe('row 25, memory is full', () => {
  test('consumers go on; a dead letter that is refused stays pending and is moved later', async () => {
    for (let n = 1; n <= 3; n += 1) await publish(n);
    await redis.link.command('XADD', STREAM, '*', 'data', 'nonsense');
    await redis.link.command('XGROUP', 'CREATE', STREAM, GROUP, '0');
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    const subscription = await subscribe();
    await until(() => numbers().length === 3);
    await until(async () => (await pendingIn(redis.link)) === 1);
    await until(() => problems.includes('entry.not-dead-lettered'));
    expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
    const refused = await problemOf(publish(4));
    expect(refused).toMatchObject({ code: 'redis.out-of-memory' });
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
    await until(settled);
    expect(await deadLetters(redis.link)).toHaveLength(1);
    expect(subscription.stats()).toMatchObject({ handled: 3, deadLettered: 1, reconnects: 0 });
  });

  test('a group destroyed meanwhile is made again all the same', async () => {
    const subscription = await subscribe();
    await publish(1);
    await until(() => numbers().includes(1));
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    await redis.link.command('XGROUP', 'DESTROY', STREAM, GROUP);
    await until(() => subscription.stats().groupsMade === 1);
    await until(reading(subscription));
  });
});
