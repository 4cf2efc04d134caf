import { afterAll, beforeAll, expect, test } from 'vitest';
import { backoff } from '../../src/bus/backoff.js';
import { ProblemReport } from '../../src/bus/problem-report.js';
import { troubleOf } from '../../src/bus/read-trouble.js';
import type { SubscriptionProblem } from '../../src/bus/subscription.js';
import { OrionError, systemClock } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** The error with which the server answers. */
const errorOf = (...[name = '', ...args]: string[]): Promise<unknown> =>
  redis.link.command(name, ...args).then(
    () => null,
    (error: unknown) => error,
  );

test('what the server itself says of a group or key that is not there, also out of a script', async () => {
  const read = ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'no-key', '>'];
  const script = "return redis.call('XPENDING', KEYS[1], 'g')";
  const gone = [read, ['XPENDING', 'no-key', 'g'], ['XINFO', 'STREAM', 'no-key']].concat([
    ['EVAL', script, '1', 'no-key'],
    ['EVAL', `#!lua\n${script}`, '1', 'no-key'],
  ]);
  for (const command of gone) expect(troubleOf(await errorOf(...command))).toBe('group-gone');
});

test('what a person has to put right: a key of another type, a permission that is missing', async () => {
  await redis.link.command('SET', 'text', 'x');
  expect(troubleOf(await errorOf('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'text', '>'))).toBe(
    'refused',
  );
  expect(troubleOf(reply('NOPERM this user has no permissions'))).toBe('refused');
  expect(troubleOf(reply('NOAUTH Authentication required.'))).toBe('refused');
  const refused = new OrionError({ kind: 'prerequisite', code: 'redis.refused', message: '-' });
  expect(troubleOf(refused)).toBe('refused');
});

test.each([
  ['UNBLOCKED the stream key no longer exists', 'group-gone'],
  [
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    'disconnect',
  ],
  ["READONLY You can't write against a read only replica.", 'disconnect'],
  ['LOADING Redis is loading the dataset in memory', 'disconnect'],
  [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'disconnect',
  ],
  ['BUSY Redis is busy running a script.', 'disconnect'],
])('%s: %s', (text, trouble) => {
  expect(troubleOf(reply(text))).toBe(trouble);
});

test('anything that is no answer of the server is a matter of the connection', () => {
  expect(troubleOf(new Error('read ECONNRESET'))).toBe('disconnect');
});

test('waits double up to their limit, and half of each is left to chance', () => {
  expect([0, 1, 2, 10, 5_000].map((attempt) => backoff(attempt, 50, 1_000, 1))).toEqual([
    50, 100, 200, 1_000, 1_000,
  ]);
  expect(backoff(3, 50, 1_000, 0)).toBe(200);
});

test('problems of one kind are told once in 30 s, with how many were not; others at once', () => {
  let now = 0;
  const told: SubscriptionProblem[] = [];
  const report = new ProblemReport((problem) => void told.push(problem), {
    ...systemClock,
    now: () => now,
  });
  for (let n = 0; n < 1_000; n += 1) report.report('redis.lost', 'gone');
  report.report('entry.dead', 'moved');
  now = 30_000;
  report.report('redis.lost', 'gone again');
  expect(told.map(({ message, suppressed }) => [message, suppressed])).toEqual([
    ['gone', 0],
    ['moved', 0],
    ['gone again', 999],
  ]);
});

test('a listener that throws stops nothing', () => {
  const report = new ProblemReport(() => {
    throw new Error('no');
  }, systemClock);
  report.report('redis.lost', 'gone');
});

function reply(text: string): Error {
  return Object.assign(new Error(text), { name: 'ReplyError' });
}
