import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { OrionError } from '../../src/problems/index.js';
import { listOf, RedisLink } from '../../src/redis/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/*
 * How a connection behaves when the server does not. A bound in milliseconds is part of the promise
 * here ("within 5 s"), and the only thing that these tests time.
 */

const WITHIN_MS = 5_000;
const opened: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

describe('a server that is not there', () => {
  it.each([
    ['redis://127.0.0.1:1', /^Redis at redis:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/],
    ['unix:///nowhere/redis.sock', /^Redis at unix:\/\/\/nowhere\/redis\.sock does not answer: /],
    ['redis://no-such-host.invalid', /^Redis at redis:\/\/no-such-host\.invalid does not answer: /],
  ])('is refused within 5 s and one line: %s', async (url, line) => {
    const { problem, took } = await timed(RedisLink.open(at(url), 'test'));
    expect(problem).toMatchObject({ kind: 'prerequisite', code: 'redis.unreachable', exitCode: 1 });
    expect(problem.message).toMatch(line);
    expect(problem.message).not.toContain('\n');
    expect(problem.next).toEqual(['orion-bus validate']);
    expect(took).toBeLessThan(WITHIN_MS);
  });

  it('that takes the connection and says nothing is refused within 5 s too', async () => {
    const url = await silentServer();
    const { problem, took } = await timed(RedisLink.open(at(url), 'test'));
    expect(problem.code).toBe('redis.unreachable');
    expect(problem.message).toBe(`Redis at ${url} does not answer: it did not answer in time`);
    expect(took).toBeLessThan(WITHIN_MS);
  });
});

describe('a login that is refused', () => {
  it.each([
    ['a wrong password', null, 'wr0ng-secret'],
    ['an unknown user', 'nobody', 'wr0ng-secret'],
    ['no password', null, null],
  ])('is told without any secret: %s', async (_name, username, password) => {
    const server = await started();
    await server.link.command('CONFIG', 'SET', 'requirepass', 'the-secret');
    const address = {
      url: server.url,
      username,
      password: password === null ? null : () => password,
    };
    const { problem, took } = await timed(RedisLink.open(address, 'test'));
    expect(problem).toMatchObject({ kind: 'prerequisite', code: 'redis.refused', exitCode: 1 });
    expect(problem.message).toContain(`Redis at ${server.url} refused the login`);
    expect(problem.hint).toContain('ORION_BUS_REDIS_PASSWORD');
    expect(took).toBeLessThan(WITHIN_MS);
    const everything = [problem.message, problem.hint, ...problem.next, problem.stack].join('\n');
    expect(everything).not.toContain('secret');
  });
});

describe('a connection that is lost', () => {
  it('is made again, and a command that came meanwhile is answered', async () => {
    const server = await started();
    const link = await linkTo(server);
    await server.kill();
    const waiting = link.command('PING');
    await server.restart();
    expect(await waiting).toBe('PONG');
    expect(
      await link.transaction([
        ['SET', 'k', '1'],
        ['GET', 'k'],
      ]),
    ).toEqual(['OK', '1']);
  });

  it('that is not made again in time refuses all in plain words, and sends none of it later', async () => {
    const server = await started();
    const link = await linkTo(server);
    await server.kill();
    const attempts = await Promise.all([
      timed(link.command('INCR', 'late')),
      timed(link.transaction([['INCR', 'late']])),
      timed(link.pipeline([['INCR', 'late']])),
    ]);
    for (const { problem, took } of attempts) {
      expect(problem.code).toBe('redis.unreachable');
      expect(problem.message).toBe(
        `Redis at ${server.url} does not answer: the connection was lost and could not be made again in time`,
      );
      expect(took).toBeLessThan(WITHIN_MS);
    }
    await server.restart();
    expect(await link.command('PING')).toBe('PONG');
    expect(await link.command('GET', 'late')).toBeNull();
  });

  it('fails what was in flight at once, and does not send it again', async () => {
    const server = await started();
    const link = await linkTo(server);
    const waiting = problemOf(link.command('BLPOP', 'list', 3));
    await server.link.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect((await waiting).message).toBe(
      `Redis at ${server.url} does not answer: the connection was lost`,
    );
    await link.command('RPUSH', 'list', 'kept');
    expect(await link.command('LRANGE', 'list', 0, -1)).toEqual(['kept']);
  });

  it('is refused at once when it was closed on purpose', async () => {
    const server = await started();
    const link = await linkTo(server);
    link.close();
    const problem = await problemOf(link.command('PING'));
    expect(problem.message).toBe(
      `Redis at ${server.url} does not answer: the connection was closed`,
    );
  });
});

it('says in plain words that a stopped server did not answer, within 5 s, and goes on afterwards', async () => {
  const server = await started();
  const link = await linkTo(server);
  server.pause();
  const { problem, took } = await timed(link.command('PING'));
  expect(problem.message).toBe(`Redis at ${server.url} does not answer: it did not answer in time`);
  expect(took).toBeLessThan(WITHIN_MS);
  server.resume();
  expect(await link.command('ECHO', 'again')).toBe('again');
});

describe('commands sent together', () => {
  it('may be written in capitals, and are answered in order', async () => {
    const server = await started();
    const commands = [
      ['XADD', 's', '1-0', 'f', 'v'],
      ['XLEN', 's'],
      ['DEL', 's'],
    ];
    expect(await server.link.transaction(commands)).toEqual(['1-0', 1, 1]);
    expect(await server.link.pipeline(commands)).toEqual(['1-0', 1, 1]);
  });

  it('throw the first error of the server as it is', async () => {
    const server = await started();
    await server.link.command('SET', 'text', 'x');
    for (const together of [server.link.transaction, server.link.pipeline]) {
      const attempt = together.call(server.link, [['PING'], ['XLEN', 'text'], ['NO-SUCH-COMMAND']]);
      await expect(attempt).rejects.toThrow(/WRONGTYPE|EXECABORT|unknown command/);
    }
  });
});

it('names its connection, knows its database, and opens further ones like it', async () => {
  const server = await started();
  const link = await RedisLink.open(at(`${server.url}?db=3`), 'orion-bus-test');
  opened.push(() => link.close());
  const second = await link.duplicate('orion-bus-second');
  opened.push(() => second.close());
  expect([link.database, second.database]).toEqual([3, 3]);
  await link.command('SET', 'here', 'yes');
  expect(await second.command('GET', 'here')).toBe('yes');
  expect(await server.link.command('GET', 'here')).toBeNull();
  const clients = String(await server.link.command('CLIENT', 'LIST'));
  expect(clients).toContain('name=orion-bus-test');
  expect(clients).toContain('name=orion-bus-second');
});

it('speaks RESP2: XINFO comes as a flat list', async () => {
  const server = await started();
  await server.link.command('XADD', 's', '1-0', 'f', 'v');
  expect(listOf(await server.link.command('XINFO', 'STREAM', 's'))[0]).toBe('length');
});

function at(url: string) {
  return { url, username: null, password: null };
}

async function started(): Promise<TestRedis> {
  const server = await startRedis();
  opened.push(() => server.stop());
  return server;
}

async function linkTo(server: TestRedis): Promise<RedisLink> {
  const link = await RedisLink.open(server.address, 'orion-test-link');
  opened.push(() => link.close());
  return link;
}

/** A server that never answers, as one that hangs. */
async function silentServer(): Promise<string> {
  const server: Server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  opened.push(() => void server.close());
  return `redis://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function timed(attempt: Promise<unknown>): Promise<{ problem: OrionError; took: number }> {
  const began = performance.now();
  const problem = await problemOf(attempt);
  return { problem, took: performance.now() - began };
}
