import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handOver, moveBack, parkedPath, readParkedBody } from '../../src/handoff/index.js';
import { entryId, groupName, listOf, ownKeys, streamKey } from '../../src/redis/index.js';
import { standingOf } from './owed.js';
import {
  ack,
  EVENTS,
  fill,
  G,
  handoffOf,
  ids,
  openRig,
  PARKED,
  R,
  type Rig,
  range,
  read,
  standing,
  TOKEN,
  turn,
  WAITING,
} from './rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

beforeEach(async () => {
  await fill(rig, 12);
  await read(rig, G, 9);
  await ack(rig, G, [1, 3, 4, 7]);
});

describe('a settle', () => {
  it('hands a group over to itself: what is pending comes again or is held', async () => {
    const { owed } = await standing(rig, G);
    const { turns } = await turn(rig, { way: 'settle' });
    expect(turns[0]?.plan).toMatchObject({ kind: 'split', run: ids(8, 9), announced: 2 });
    const settled = await standing(rig, G);
    expect(settled.owed).toEqual(owed);
    expect(settled.pending.map(({ id, consumer }) => [id, consumer])).toEqual(
      ids(2, 5, 6).map((id) => [id, PARKED]),
    );
    expect(await read(rig, G, 100)).toEqual(ids(...range(8, 12)));
  });

  it('leaves the other group alone', async () => {
    const before = await standing(rig, R);
    await turn(rig, { way: 'settle' });
    expect(await standing(rig, R)).toEqual(before);
  });

  it('announces what live consumers will claim', async () => {
    const { turns } = await turn(rig, { way: 'settle', carrier: WAITING });
    expect(turns[0]?.plan.announced).toBe(5);
  });

  it('is harmless when done again', async () => {
    await turn(rig, { way: 'settle' });
    const settled = await standing(rig, G);
    const { turns } = await turn(rig, { way: 'settle' });
    expect(turns[0]?.plan.announced).toBe(0);
    expect((await standing(rig, G)).owed).toEqual(settled.owed);
  });
});

describe('moving back', () => {
  it('after the move restores consumer, time and count exactly', async () => {
    await rig.link.command('XCLAIM', EVENTS, G, 'slow', 0, '5-0', 'IDLE', 90_000, 'RETRYCOUNT', 3);
    const before = await pendingRows(G);
    const moves = await movesOf(2, 5, 6);
    await turn(rig);
    await moveBack({ link: rig.link, token: TOKEN }, handoffOf(EVENTS), moves);
    const back = await pendingRows(G);
    expect(back).toEqual(before.filter(([id]) => ids(2, 5, 6).includes(String(id))));
    expect((await standing(rig, R)).pending).toEqual([]);
  });

  it('after the turn makes the giving group owe what it owed, and is harmless when done again', async () => {
    const { owed } = await standing(rig, G);
    const moves = await movesOf(2, 5, 6);
    await turn(rig);
    expect((await standing(rig, G)).owed).toEqual(ids(...range(8, 12)));
    const options = { link: rig.link, token: TOKEN };
    expect(await moveBack(options, handoffOf(EVENTS), moves)).toEqual({ count: 3, trimmed: [] });
    expect(await moveBack(options, handoffOf(EVENTS), moves)).toEqual({ count: 0, trimmed: [] });
    expect((await standing(rig, G)).owed).toEqual(owed);
  });

  it('passes over what nobody moved, and names what was trimmed since', async () => {
    const moves = await movesOf(2, 5, 6, 9);
    await turn(rig);
    await rig.link.command('XDEL', EVENTS, '2-0');
    const back = await moveBack({ link: rig.link, token: TOKEN }, handoffOf(EVENTS), moves);
    expect(back).toMatchObject({ count: 2, trimmed: [{ id: '2-0' }] });
    expect((await standing(rig, G)).pending.map(({ id }) => id)).toEqual(ids(5, 6));
  });

  it('is refused to an operator who no longer holds the lease', async () => {
    const moves = await movesOf(2, 5, 6);
    await turn(rig);
    const before = await standing(rig, R);
    await expect(
      moveBack({ link: rig.link, token: TOKEN - 1 }, handoffOf(EVENTS), moves),
    ).rejects.toMatchObject({ code: 'lease.lost' });
    expect(await standing(rig, R)).toEqual(before);
  });

  /** As a journal would have kept them. */
  async function movesOf(...numbers: number[]) {
    const rows = await pendingRows(G);
    return rows
      .filter(([id]) => ids(...numbers).includes(String(id)))
      .map(([id, consumer, deliveredAtMs, deliveries]) => ({
        id: String(id),
        consumer: String(consumer),
        deliveredAtMs: Number(deliveredAtMs),
        deliveries: Number(deliveries),
      }));
  }
});

describe('a parked body', () => {
  it.each([
    ['plain names', 'orion:events', 'orion-memory-group-go'],
    ['slashes and dots', '../..', '.'],
    ['a percent sign and a line end', 'orion:%2f\nx', '..hidden'],
    ['letters of another alphabet', 'orion:събития', 'grüße'],
  ])('is kept for its owner alone, whatever the names: %s', async (_name, key, group) => {
    const stream = streamKey(key);
    const receiving = groupName(group);
    await rig.link.command('DEL', stream);
    await rig.link.command('SET', ownKeys.tokenOf(stream), TOKEN);
    for (const n of [1, 2]) {
      await rig.link.command('XADD', stream, `${n}-0`, 'data', `{"n":${n}}`, 'data', 'ü\u0000"');
    }
    await rig.link.command('XGROUP', 'CREATE', stream, G, '0');
    await rig.link.command('XGROUP', 'CREATE', stream, receiving, '0');
    await read(rig, G, 2, { stream });
    await ack(rig, G, [2], stream);
    await turnTo(stream, receiving);
    await rig.link.command('XTRIM', stream, 'MAXLEN', 0);
    const path = parkedPath(rig.stateDir, stream, receiving, entryId('1-0'));
    expect(path.startsWith(`${rig.stateDir}/parked/`)).toBe(true);
    expect(path.slice(rig.stateDir.length).split('/')).toHaveLength(5);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(await readParkedBody(rig.stateDir, stream, receiving, entryId('1-0'))).toEqual({
      ...{ id: '1-0', consumer: 'c', deliveries: 1, stream, group },
      fields: [
        ['data', '{"n":1}'],
        ['data', 'ü\u0000"'],
      ],
    });
  });

  it('that was never kept is none', async () => {
    expect(await readParkedBody(rig.stateDir, EVENTS, R, entryId('99-0'))).toBeNull();
  });

  it('is there before its entry is moved', async () => {
    const streams = [EVENTS];
    await rig.link.command('SET', ownKeys.tokenOf(EVENTS), TOKEN + 1);
    await expect(turn(rig, { streams })).rejects.toMatchObject({ code: 'lease.lost' });
    expect((await standingOf(rig.link, EVENTS, R))?.pending).toEqual([]);
    expect(await readParkedBody(rig.stateDir, EVENTS, R, entryId('5-0'))).not.toBeNull();
  });

  async function turnTo(
    stream: ReturnType<typeof streamKey>,
    receiving: ReturnType<typeof groupName>,
  ) {
    const handoff = { stream, type: 'odd', giving: G, receiving };
    await handOver({ ...rig, token: TOKEN, carrier: PARKED }, [handoff], async () => undefined);
  }
});

/** Id, consumer, when it was delivered (not how long ago, which changes), and how often. */
async function pendingRows(group: string): Promise<(string | number)[][]> {
  const script =
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) local rows = {} " +
    "for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 100)) do " +
    'rows[#rows + 1] = { row[1], row[2], now - row[3], row[4] } end return rows';
  const rows = listOf(await rig.link.command('EVAL', script, 1, EVENTS, group)).map(listOf);
  return rows.map((row) => row.map((value) => (typeof value === 'number' ? value : String(value))));
}
