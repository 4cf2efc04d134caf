import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type LossVerdict,
  lossBetween,
  lossSampleOf,
  readStreamState,
} from '../../src/handoff/index.js';
import {
  ack,
  EVENTS,
  fill,
  G,
  handoffOf,
  ids,
  openRig,
  publish,
  type Rig,
  range,
  read,
  turn,
} from './rig.js';

/* What was trimmed before it was read, told from what had been finished, on a real stream. */

let rig: Rig;

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

beforeEach(() => fill(rig, 20));

describe('since a base', () => {
  it('nothing is lost where only finished entries were trimmed', async () => {
    const verdict = await lossOver(async () => {
      await read(rig, G, 10);
      await ack(rig, G, range(1, 10));
      await trimTo(10);
    });
    expect(verdict).toEqual({ verdict: 'pass', lost: 0, ghosts: [], inherited: 0 });
  });

  it('what was trimmed unread is counted exactly', async () => {
    await read(rig, G, 5);
    await ack(rig, G, range(1, 5));
    expect(await lossOver(() => trimTo(12))).toMatchObject({ verdict: 'fail', lost: 3 });
  });

  it('a stream that was emptied lost everything unread', async () => {
    await read(rig, G, 5);
    await ack(rig, G, range(1, 5));
    expect(await lossOver(() => trimTo(0))).toMatchObject({ verdict: 'fail', lost: 15 });
  });

  it('pending entries that vanished are named', async () => {
    const verdict = await lossOver(async () => {
      await read(rig, G, 8);
      await ack(rig, G, [1, 2, 6]);
      await trimTo(15);
    });
    expect(verdict).toEqual({ verdict: 'fail', lost: 3, ghosts: ids(3, 4, 5), inherited: 0 });
  });

  it('what was lost before is inherited, and never held against the run', async () => {
    await read(rig, G, 8);
    await ack(rig, G, [1, 2]);
    await trimTo(10);
    const inherited = await lossOver(async () => undefined);
    // Two were trimmed unread, and six that were in hand.
    expect(inherited).toEqual({ verdict: 'pass', lost: 0, ghosts: [], inherited: 8 });
    expect(await lossOver(() => trimTo(7))).toMatchObject({ lost: 3, inherited: 8 });
  });

  it('a group at the very beginning needs no counter', async () => {
    expect(await lossOver(() => trimTo(15))).toMatchObject({ verdict: 'fail', lost: 5 });
  });

  it('deletion after the cursor leaves the verdict open', async () => {
    await read(rig, G, 5);
    await ack(rig, G, range(1, 5));
    const verdict = await lossOver(async () => {
      await rig.link.command('XDEL', EVENTS, '9-0');
      await trimTo(10);
    });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', lost: 0 });
  });

  it('a cursor set by hand, of which Redis has no count, leaves it open once entries are gone', async () => {
    await rig.link.command('XGROUP', 'SETID', EVENTS, G, '5-3');
    expect(await lossOver(() => trimTo(10))).toMatchObject({ verdict: 'inconclusive' });
  });
});

it('counts on after a turn, whose counter is set with the cursor', async () => {
  await read(rig, G, 9);
  await ack(rig, G, range(1, 6));
  await turn(rig);
  await turn(rig, { way: 'back' });
  const verdict = await lossOver(async () => {
    await publish(rig, 21, 25);
    await trimTo(15);
  });
  // Of 25, the first 10 are gone; 6 of them were finished.
  expect(verdict).toMatchObject({ verdict: 'fail', lost: 4 });
});

async function lossOver(act: () => Promise<unknown>): Promise<LossVerdict> {
  const base = await sample();
  await act();
  return lossBetween(base, await sample());
}

async function sample() {
  return lossSampleOf(await readStreamState(rig.link, rig.capabilities, handoffOf(EVENTS)));
}

const trimTo = (length: number) => rig.link.command('XTRIM', EVENTS, 'MAXLEN', length);
