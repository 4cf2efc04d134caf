import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planHandOver } from '../../src/handoff/index.js';
import { ownKeys, streamKey } from '../../src/redis/index.js';
import { problemOf } from '../support/problem-of.js';
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
  publish,
  R,
  type Rig,
  read,
  standing,
  TOKEN,
  turn,
} from './rig.js';

/* When a handoff cannot be, nothing is written on any stream, and what was moved is moved back. */

const DECISIONS = streamKey('orion:decisions');
const INCIDENTS = streamKey('orion:incidents');
const STREAMS = [EVENTS, DECISIONS, INCIDENTS];
let rig: Rig;

beforeAll(async () => {
  rig = await openRig();
});

afterAll(() => rig.close());

beforeEach(async () => {
  await rig.link.command('FLUSHALL');
  for (const stream of STREAMS) {
    await fill(rig, 10, stream);
    await read(rig, G, 8, { stream });
    await ack(rig, G, [1, 3, 4, 6], stream);
  }
});

describe('of several streams', () => {
  it('all are turned at once', async () => {
    const before = await owedByG();
    const { turns, moved } = await turn(rig, { streams: STREAMS });
    expect(turns.map(({ state }) => state.handoff.stream)).toEqual(STREAMS);
    expect([...moved.values()]).toEqual([2, 2, 2]);
    expect(await owedBy(R)).toEqual(before);
  });

  it('one that is missing owes nothing, and the others are turned', async () => {
    await rig.link.command('DEL', DECISIONS);
    const { turns } = await turn(rig, { streams: STREAMS });
    expect(turns.map(({ state }) => state.handoff.stream)).toEqual([EVENTS, INCIDENTS]);
  });

  it.each([
    ['is acknowledged in', () => ack(rig, G, [7], INCIDENTS)],
    ['is read from', () => read(rig, G, 1, { stream: INCIDENTS })],
    ['is read from in the receiving group', () => read(rig, R, 1, { stream: INCIDENTS })],
    ['has its cursor set', () => rig.link.command('XGROUP', 'SETID', INCIDENTS, G, '9-0')],
  ])(
    'one that %s meanwhile is looked at again, and all are turned by what is so then',
    async (_what, change) => {
      let plans = 0;
      await turn(rig, {
        streams: STREAMS,
        async onPlan() {
          plans += 1;
          if (plans === 1) await change();
        },
      });
      expect(plans).toBe(2);
      for (const stream of STREAMS) {
        const [gave, received] = [await standing(rig, G, stream), await standing(rig, R, stream)];
        expect(gave.cursor).toBe(received.cursor);
        expect(gave.pending).toEqual([]);
      }
    },
  );

  it('one that keeps changing stops all: nothing is written on any, nothing stays moved', async () => {
    let plans = 0;
    await publish(rig, 11, 12, INCIDENTS);
    const before = await everything();
    const problem = await refused(() =>
      turn(rig, {
        streams: STREAMS,
        async onPlan() {
          plans += 1;
          await read(rig, G, 1, { stream: INCIDENTS });
        },
      }),
    );
    expect(problem).toMatchObject({ kind: 'groups', code: 'handoff.changed', exitCode: 3 });
    expect(problem.message).toMatch(
      /^The groups keep changing, so nothing was turned: orion:incidents: /,
    );
    expect(plans).toBe(3);
    const after = await everything();
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    // On the changing one stands what the stranger read, and nothing of ours.
    expect(
      (await standing(rig, G, INCIDENTS)).pending.map(({ id, consumer }) => [id, consumer]),
    ).toEqual(ids(2, 5, 7, 8, 9, 10, 11).map((id) => [id, 'c']));
    expect(after[5]).toEqual(before[5]);
  });

  it('one whose entry vanishes between look and move stops nothing', async () => {
    let plans = 0;
    const { turns } = await turn(rig, {
      streams: STREAMS,
      async onPlan() {
        plans += 1;
        if (plans === 1) await rig.link.command('XDEL', EVENTS, '2-0');
      },
    });
    expect(turns[0]?.plan.ghosts.map(({ id }) => id)).toEqual(ids(2));
    expect((await standing(rig, R)).pending.map(({ id }) => id)).toEqual(ids(5));
  });

  it('one without its giving or its receiving group is named, and nothing is touched', async () => {
    for (const group of [G, R]) {
      await rig.link.command('XGROUP', 'DESTROY', INCIDENTS, group);
      const before = await everything();
      const problem = await refused(() => turn(rig, { streams: STREAMS }));
      expect(problem).toMatchObject({
        kind: 'groups',
        code: 'groups.missing',
        exitCode: 3,
        message: `The group ${group} does not exist on orion:incidents.`,
      });
      expect(await everything()).toEqual(before);
      await rig.link.command('XGROUP', 'CREATE', INCIDENTS, group, '0');
    }
  });

  it('one whose group vanishes after the plan leaves nothing moved on the others', async () => {
    let before: unknown;
    const attempt = turn(rig, {
      streams: STREAMS,
      async onPlan() {
        await rig.link.command('XGROUP', 'DESTROY', INCIDENTS, R);
        before = await everything();
      },
    });
    await expect(attempt).rejects.toThrow(/NOGROUP/);
    expect(await everything()).toEqual(before);
  });

  it('one that is no stream is named', async () => {
    await rig.link.command('SET', INCIDENTS, 'text');
    const problem = await refused(() => turn(rig, { streams: STREAMS }));
    expect(problem).toMatchObject({ code: 'groups.no-stream', exitCode: 3 });
    expect(problem.message).toBe('The key orion:incidents is not a stream.');
  });
});

describe('a wrong fencing token', () => {
  it.each([
    ['an older one', 6],
    ['a newer one', 8],
  ])('is refused without effect: %s', async (_name, token) => {
    const before = await everything();
    const problem = await refused(() => turn(rig, { streams: STREAMS, token }));
    expect(problem).toMatchObject({ kind: 'lease', code: 'lease.lost', exitCode: 1 });
    expect(await everything()).toEqual(before);
  });

  it('of one stream alone stops all', async () => {
    await rig.link.command('SET', ownKeys.tokenOf(INCIDENTS), TOKEN + 1);
    const before = await everything();
    await refused(() => turn(rig, { streams: STREAMS }));
    expect(await everything()).toEqual(before);
  });

  it('is refused where there is nothing to move, too', async () => {
    await fill(rig, 3);
    const before = await standing(rig, G);
    await refused(() => turn(rig, { token: 6 }));
    expect(await standing(rig, G)).toEqual(before);
  });
});

it('plans without changing anything', async () => {
  const before = await everything();
  const handoffs = STREAMS.map((stream) => handoffOf(stream));
  const turns = await planHandOver({ ...rig, token: 0, carrier: PARKED }, handoffs);
  expect(turns.map(({ plan }) => plan.announced)).toEqual([2, 2, 2]);
  expect(await everything()).toEqual(before);
});

function refused(attempt: () => ReturnType<typeof turn>) {
  return problemOf(attempt());
}

async function owedBy(group: string): Promise<readonly (readonly string[])[]> {
  return Promise.all(STREAMS.map(async (stream) => (await standing(rig, group, stream)).owed));
}

const owedByG = () => owedBy(G);

/** Cursors and pending entries, with their holders and counts, of both groups on all streams. */
async function everything(): Promise<readonly unknown[]> {
  return Promise.all(
    STREAMS.flatMap((stream) => [G, R].map((group) => standingOf(rig.link, stream, group))),
  );
}
