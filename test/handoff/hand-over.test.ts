import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupIn, lagAtLeast, lookAtStream } from '../../src/facts/index.js';
import type { TurnPlan } from '../../src/handoff/index.js';
import {
  ack,
  EVENTS,
  fill,
  G,
  ids,
  openRig,
  PARKED,
  publish,
  R,
  type Rig,
  range,
  read,
  standing,
  type TurnOptions,
  turn,
  WAITING,
} from './rig.js';

/*
 * Each case of a handoff on a real Redis. After each one: owed by R = owed before by G, by ids; both
 * groups at one cursor; nothing pending but what had to be moved; and G still owes no less than the
 * cursor says, so that one can go back.
 */

let rig: Rig;

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

describe('a giving group', () => {
  it('that has finished everything is clean', async () => {
    await fill(rig, 10);
    await read(rig, G, 10);
    await ack(rig, G, range(1, 10));
    expect(await handedOver()).toMatchObject({ kind: 'clean', cursor: '10-0', announced: 0 });
  });

  it('that never read owes everything', async () => {
    await fill(rig, 10);
    expect(await handedOver()).toMatchObject({ kind: 'clean', cursor: '0-0', announced: 0 });
    expect(await read(rig, R, 100)).toEqual(ids(...range(1, 10)));
  });

  it('on an empty stream, or one emptied since, owes nothing', async () => {
    await fill(rig, 0);
    expect(await handedOver()).toMatchObject({ kind: 'clean', cursor: '0-0', announced: 0 });
    await fill(rig, 5);
    await read(rig, G, 5);
    await ack(rig, G, range(1, 5));
    await rig.link.command('XTRIM', EVENTS, 'MAXLEN', 0);
    expect(await handedOver()).toMatchObject({ kind: 'clean', cursor: '5-0', announced: 0 });
  });

  it('whose reader was killed in the middle of a batch of 10 is rewound', async () => {
    await fill(rig, 30);
    await read(rig, G, 10);
    await ack(rig, G, range(1, 10));
    await read(rig, G, 10);
    await ack(rig, G, range(11, 14));
    expect(await handedOver()).toMatchObject({
      kind: 'rewind',
      cursor: '14-18446744073709551615',
      run: ids(...range(15, 20)),
      announced: 6,
    });
    expect(await read(rig, R, 100)).toEqual(ids(...range(15, 30)));
  });

  it('whose messages were acknowledged out of order is split, and the bodies are kept', async () => {
    await fill(rig, 20);
    await read(rig, G, 10);
    await ack(rig, G, [1, 2, 4, 8]);
    const plan = await handedOver();
    expect(plan).toMatchObject({ kind: 'split', run: ids(9, 10), announced: 2 });
    expect(plan.move.map(({ id }) => id)).toEqual(ids(3, 5, 6, 7));
    const { pending } = await standing(rig, R);
    expect(pending.map(({ id, consumer }) => [id, consumer])).toEqual(
      ids(3, 5, 6, 7).map((id) => [id, PARKED]),
    );
    expect(await read(rig, R, 100)).toEqual(ids(...range(9, 20)));
  });

  it('keeps, for what is moved, how often and when it was delivered', async () => {
    await fill(rig, 3);
    await read(rig, G, 3);
    await rig.link.command('XCLAIM', EVENTS, G, 'c', 0, '1-0', 'IDLE', 60_000, 'RETRYCOUNT', 4);
    await ack(rig, G, [2]);
    await handedOver();
    const [row] = await pendingRows(R);
    expect(row?.slice(0, 2)).toEqual(['1-0', PARKED]);
    expect(row?.[3]).toBe(4);
    expect(Number(row?.[2])).toBeGreaterThanOrEqual(60_000);
  });

  it('names as loss what was trimmed or deleted while pending, and owes it no longer', async () => {
    await fill(rig, 10);
    await read(rig, G, 8);
    await ack(rig, G, [2, 7]);
    await rig.link.command('XTRIM', EVENTS, 'MAXLEN', 6);
    await rig.link.command('XDEL', EVENTS, '6-0');
    const plan = await handedOver();
    expect(plan.ghosts.map(({ id }) => id)).toEqual(ids(1, 3, 4, 6));
    expect(plan.move.map(({ id }) => id)).toEqual(ids(5));
    expect(plan.run).toEqual(ids(8));
  });

  it('whose cursor was set back by hand owes what is pending above it by the cursor', async () => {
    await fill(rig, 10);
    await read(rig, G, 6);
    await ack(rig, G, [1, 3]);
    await rig.link.command('XGROUP', 'SETID', EVENTS, G, '4-0');
    expect(await handedOver()).toMatchObject({
      run: ids(4),
      above: ids(5, 6),
      cursor: '3-18446744073709551615',
      announced: 3,
    });
    expect(await read(rig, R, 100)).toEqual(ids(...range(4, 10)));
  });

  it.each([
    ['XDEL after the cursor', ['XDEL', EVENTS, '7-0']],
    ['XGROUP SETID to an arbitrary id', ['XGROUP', 'SETID', EVENTS, G, '3-5']],
  ])('of which Redis does not know the lag is handed over by ids: %s', async (_name, command) => {
    await fill(rig, 10);
    await read(rig, G, 4);
    await ack(rig, G, [1, 2, 3, 4]);
    await rig.link.command(...(command as [string, ...string[]]));
    await handedOver();
    const look = await lookAtStream(rig.link, rig.capabilities, EVENTS, { countCap: 100 });
    const lag = groupIn(look, R)?.lag;
    expect(lag && lagAtLeast(lag)).toBe((await standing(rig, R)).owed.length);
  });

  it.each([
    ['the first id there can be', ['0-1', '0-2'], '0-0'],
    ['sequence 0', ['5-0', '5-1'], '4-18446744073709551615'],
    ['the last sequence', ['5-18446744073709551615', '6-0'], '5-18446744073709551614'],
    [
      'the last id there can be',
      ['18446744073709551615-18446744073709551615'],
      '18446744073709551615-18446744073709551614',
    ],
  ])('is rewound to just before %s', async (_name, added, cursor) => {
    await fill(rig, 0);
    for (const id of added) await rig.link.command('XADD', EVENTS, id, 'data', 'x');
    await read(rig, G, 10);
    expect(await handedOver()).toMatchObject({ cursor, announced: added.length });
    expect(await read(rig, R, 10)).toEqual(added);
  });

  it('with 5,000 entries pending and more is moved in chunks, and rewound in slices', async () => {
    await fill(rig, 9_000);
    await read(rig, G, 8_000);
    await ack(
      rig,
      G,
      range(1, 2_500).map((n) => 2 * n),
    );
    const plan = await handedOver();
    expect([plan.move.length, plan.run.length]).toEqual([2_500, 3_000]);
    expect((await standing(rig, R)).pending).toHaveLength(2_500);
    const again = await handedOver({ way: 'back' });
    expect(again.move).toHaveLength(2_500);
  });
});

describe('a receiving group', () => {
  it('whose consumers claim stale entries is given them to claim, and that is announced', async () => {
    await fill(rig, 10);
    await read(rig, G, 6);
    await ack(rig, G, [2, 4]);
    const plan = await handedOver({ carrier: WAITING });
    expect(plan).toMatchObject({ kind: 'split', run: ids(5, 6), announced: 4 });
    const { pending } = await standing(rig, R);
    expect(pending.map(({ consumer }) => consumer)).toEqual([WAITING, WAITING]);
  });

  it.each([
    ['at 0', '0'],
    ['ahead', '9-0'],
    ['at the tip', '$'],
  ])('that exists %s is set to where the giving one stands', async (_name, at) => {
    await fill(rig, 12);
    await rig.link.command('XGROUP', 'SETID', EVENTS, R, at);
    await read(rig, G, 7);
    await ack(rig, G, range(1, 5));
    expect(await handedOver()).toMatchObject({ run: ids(6, 7), announced: 2 });
    expect(await read(rig, R, 100)).toEqual(ids(...range(6, 12)));
  });

  it('with pending of its own: covered and stale are acknowledged, parked is kept', async () => {
    await fill(rig, 12);
    await read(rig, R, 9, { consumer: 'forgotten-test' });
    await ack(rig, R, [1, 5, 6]);
    const carry = ['XCLAIM', EVENTS, R, PARKED, '0', '2-0', 'JUSTID'] as const;
    await rig.link.command(...carry);
    await read(rig, G, 8);
    await ack(rig, G, [1, 3, 4, 5, 6]);
    // G owes 2 (as R's parked one is the same message), 7, 8, and what comes after.
    const plan = await handedOver();
    expect(plan).toMatchObject({ receivingCovered: ids(7, 8, 9), run: ids(7, 8) });
    expect(plan.receivingStale.map(({ id }) => id)).toEqual(ids(3, 4));
    expect((await standing(rig, R)).pending.map(({ id }) => id)).toEqual(ids(2));
  });

  it('keeps what was parked in it before, beside what is moved now', async () => {
    await fill(rig, 8);
    await read(rig, G, 8);
    await ack(rig, G, [1, 3, 4, 5, 6, 7, 8]);
    await handedOver();
    // The settled side goes on, and is handed over once more after an unfinished way back.
    await rig.link.command('XCLAIM', EVENTS, G, 'c', 0, '5-0', 'FORCE', 'JUSTID');
    const before = await standing(rig, G);
    const { turns } = await turn(rig);
    expect(turns[0]?.plan.receivingKept).toEqual(ids(2));
    expect((await standing(rig, R)).owed).toEqual(ids(2, ...numbersOf(before.owed)));
  });
});

it('is harmless when done again, and the way back owes the same', async () => {
  await fill(rig, 20);
  await read(rig, G, 12);
  await ack(rig, G, [1, 2, 5, 9]);
  const owed = (await standing(rig, G)).owed;
  await handedOver();
  const { turns, moved } = await turn(rig);
  expect(turns[0]?.plan).toMatchObject({
    kind: 'clean',
    announced: 0,
    receivingKept: ids(3, 4, 6, 7, 8),
  });
  expect(moved.get(EVENTS)).toBe(0);
  expect((await standing(rig, R)).owed).toEqual(owed);
  await handedOver({ way: 'back' });
  expect((await standing(rig, G)).owed).toEqual(owed);
});

it('sets the counters so that Redis knows the lag of both groups', async () => {
  await fill(rig, 20);
  await read(rig, G, 12);
  await ack(rig, G, range(1, 9));
  await handedOver();
  for (const group of [G, R]) {
    const fields = (await rig.link.command('XINFO', 'GROUPS', EVENTS)) as string[][];
    const mine = fields.find((flat) => flat[1] === group) ?? [];
    expect(mine[mine.indexOf('entries-read') + 1]).toBe(9);
    expect(mine[mine.indexOf('lag') + 1]).toBe(11);
  }
});

it('leaves what arrives meanwhile to the receiving group', async () => {
  await fill(rig, 10);
  await read(rig, G, 10);
  await ack(rig, G, range(1, 10));
  await turn(rig, { onPlan: () => publish(rig, 11, 15) });
  expect(await read(rig, R, 100)).toEqual(ids(...range(11, 15)));
});

/** Hands over, holds both groups against what the giving one owed, and answers the plan. */
async function handedOver(options: TurnOptions = {}): Promise<TurnPlan> {
  const [giving, receiving] = options.way === 'back' ? [R, G] : [G, R];
  const { owed } = await standing(rig, giving);
  const { turns } = await turn(rig, options);
  const plan = turns[0]?.plan;
  if (plan === undefined) throw new Error('no stream was turned');
  const [gave, received] = [await standing(rig, giving), await standing(rig, receiving)];
  expect(received.owed).toEqual(owed);
  expect([gave.cursor, received.cursor]).toEqual([plan.cursor, plan.cursor]);
  expect(gave.pending).toEqual([]);
  expect(received.pending.map(({ id }) => id)).toEqual(
    [...plan.move.map(({ id }) => id), ...plan.receivingKept].sort(byNumber),
  );
  return plan;
}

const numbersOf = (owed: readonly string[]): number[] => owed.map((id) => Number.parseInt(id, 10));
const byNumber = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

async function pendingRows(group: string): Promise<unknown[][]> {
  return (await rig.link.command(
    'XPENDING',
    EVENTS,
    group,
    '-',
    '+',
    10,
  )) as unknown as unknown[][];
}
