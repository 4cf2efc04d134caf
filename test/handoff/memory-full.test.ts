import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { guardStreams, Lease } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { CREATE_GROUP, ownKeys } from '../../src/redis/index.js';
import {
  ack,
  EVENTS,
  fill,
  G,
  ids,
  openRig,
  R,
  type Rig,
  read,
  standing,
  TOKEN,
  turn,
} from './rig.js';

/*
 * Memory is full and nothing may be evicted: the very hour in which one wants to go back. Everything
 * that a migration or a rollback writes must still go through. Redis 7 has script flags for that.
 */

let rig: Rig;

beforeAll(async () => {
  rig = await openRig(['--maxmemory-policy', 'noeviction']);
});

afterAll(() => rig.close());

it('takes the lease, guards, creates the group, moves, turns and goes back with memory full', async () => {
  if (!rig.capabilities.entriesRead) throw new Error('this needs Redis 7, which has script flags');
  await fill(rig, 12);
  await rig.link.command('XGROUP', 'DESTROY', EVENTS, R);
  await read(rig, G, 9);
  await ack(rig, G, [1, 3, 4, 7]);
  const { owed } = await standing(rig, G);
  await rig.link.command('CONFIG', 'SET', 'maxmemory', '1mb');
  for (const write of [
    ['XADD', EVENTS, '*', 'data', 'x'],
    ['XGROUP', 'CREATE', EVENTS, R, '0'],
    ['SET', 'any', 'key'],
  ] as const) {
    const [name, ...args] = write;
    await expect(rig.link.command(name, ...args), name).rejects.toThrow('OOM');
  }

  const lease = await Lease.acquire({
    link: rig.link,
    prefix: 'orion',
    run: 'a-run',
    verb: 'rollback',
    clock: systemClock,
    takeOver: 'none',
  });
  onTestFinished(() => lease.release());
  // The stream holds the token of an older run.
  const token = Math.max(lease.token, TOKEN);
  await guardStreams(rig.link, token, [EVENTS]);
  const keys = [EVENTS, ownKeys.tokenOf(EVENTS)];
  expect(await rig.link.script(CREATE_GROUP, keys, [token, R, '9-0'])).toBe('CREATED');
  await turn(rig, { token });
  expect((await standing(rig, R)).owed).toEqual(owed);
  expect((await standing(rig, R)).pending.map(({ id }) => id)).toEqual(ids(2, 5, 6));
  await turn(rig, { token, way: 'back' });
  expect((await standing(rig, G)).owed).toEqual(owed);
});
