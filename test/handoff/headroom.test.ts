import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupIn, lookAtStream } from '../../src/facts/index.js';
import { headroomOf, lookAtHeadroom, neededSeconds } from '../../src/handoff/index.js';
import { ack, EVENTS, fill, G, openRig, type Rig, range, read } from './rig.js';

const rate = (perSecond: number) => ({ known: true, perSecond }) as const;
const unknown = { known: false, reason: 'the stream has ids from the future' } as const;

describe('headroom', () => {
  it('is what trimming leaves, over the rate', () => {
    expect(headroomOf({ maxLength: 10_000, owedSpan: 2_000, rate: rate(100) })).toEqual({
      unlimited: false,
      entries: 8_000,
      seconds: 80,
    });
  });

  it.each([
    ['no trimming', { maxLength: 0, owedSpan: 5, rate: rate(9) }, [true, null, null]],
    ['an unknown rate', { maxLength: 10, owedSpan: 4, rate: unknown }, [false, 6, null]],
    ['already too late', { maxLength: 10, owedSpan: 11, rate: rate(2) }, [false, 0, 0]],
    [
      'nothing arrives',
      { maxLength: 10, owedSpan: 4, rate: rate(0) },
      [false, 6, Number.MAX_SAFE_INTEGER],
    ],
  ])('with %s', (_name, evidence, [unlimited, entries, seconds]) => {
    expect(headroomOf(evidence)).toEqual({ unlimited, entries, seconds });
  });

  it('must be three times the pause and the time to drain', () => {
    expect(neededSeconds(5_000, 200, rate(100))).toBe(21);
    expect(neededSeconds(5_000, 200, rate(0))).toBe(15);
    expect(neededSeconds(5_000, 200, unknown)).toBeNull();
  });
});

describe('of a group, on a real stream', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await openRig();
  });

  afterAll(() => rig.close());

  it.each([
    ['that owes nothing', () => ack(rig, G, range(1, 30)), 100],
    ['from the oldest pending entry on', () => ack(rig, G, [1, 2, 4]), 72],
    [
      'from the next undelivered one, where nothing is pending',
      async () => {
        await ack(rig, G, range(1, 30));
        await rig.link.command('XGROUP', 'SETID', EVENTS, G, '20-0');
      },
      90,
    ],
  ])('%s', async (_name, act, entries) => {
    await fill(rig, 30);
    await read(rig, G, 30);
    await act();
    const look = await lookAtStream(rig.link, rig.capabilities, EVENTS, { countCap: 0 });
    const group = groupIn(look, G);
    if (group === null) throw new Error('the group is missing');
    const { headroom } = await lookAtHeadroom(rig.link, look, group, 100);
    expect(headroom).toMatchObject({ unlimited: false, entries });
  });
});
