import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SignalInterruption } from '../../src/cli/interruption.js';
import { Session } from '../../src/cli/session.js';
import { surroundingsOf } from '../../src/cli/surroundings.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let cwd: string;

beforeAll(async () => {
  redis = await startRedis();
  cwd = await mkdtemp(join(tmpdir(), 'orion-session-'));
});
afterAll(async () => {
  await redis.stop();
  await rm(cwd, { recursive: true });
});

function open(): Promise<Session> {
  const surroundings = surroundingsOf(new SignalInterruption(new EventEmitter()));
  const packageRoot = new URL('../..', import.meta.url).pathname;
  const env = { ORION_BUS_REDIS_URL: redis.url, HOME: cwd };
  return Session.open({ flags: {}, surroundings: { ...surroundings, env, cwd }, packageRoot });
}

async function clients(): Promise<number> {
  const list = String(await redis.link.command('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line.includes('name=orion-bus ')).length;
}

it('opens each thing once, when it is first asked for, and closes it', async () => {
  const session = await open();
  expect(await clients()).toBe(0);
  const [one, two] = await Promise.all([session.redis(), session.redis()]);
  expect(one).toBe(two);
  expect(await clients()).toBe(1);
  expect(await session.contracts()).toBe(await session.contracts());
  await session.close();
  await expect.poll(clients).toBe(0);
});

it('closes in reverse, all of it also when something fails, and tells the failure', async () => {
  const session = await open();
  const closed: string[] = [];
  await session.redis();
  session.defer(() => void closed.push('first'));
  session.defer(() => {
    throw new Error('stuck');
  });
  session.defer(() => void closed.push('last'));
  await expect(session.close()).rejects.toThrow('stuck');
  expect(closed).toEqual(['last', 'first']);
  await expect.poll(clients).toBe(0);
  await session.close();
});
