import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type MonitoredCommand, MonitorRefused, RedisLink } from '../../src/redis/index.js';
import { parseLine } from '../../src/redis/monitor.js';
import { freePort } from '../handoff/rig.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

let server: TestRedis;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = await startRedis(['--port', String(port), '--bind', '127.0.0.1']);
});

afterAll(() => server.stop());

describe('listening to a server', () => {
  it.each([
    ['a unix socket', () => server.url],
    ['TCP', () => `redis://127.0.0.1:${port}/2`],
  ])(
    'over %s tells the commands of one name, with their address and database',
    async (_name, url) => {
      const heard = await listen(await linkTo(url(), 'watched'), 'ECHO');
      const other = await linkTo(`redis://127.0.0.1:${port}/5`, 'other');
      await other.command('SET', 'k', 'a message');
      await other.command('echo', 'grüße "quoted" \\ and \r\n\t\u0001');
      await until(() => heard.length > 0);
      expect(heard).toEqual([
        {
          name: 'ECHO',
          args: ['grüße "quoted" \\ and \r\n\t\u0001'],
          address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          database: 5,
        },
      ]);
    },
  );

  it('passes over long messages, and hears what comes behind them', async () => {
    const heard = await listen(server.link, 'ECHO');
    const long = 'x"\\'.repeat(200_000);
    await server.link.pipeline([
      ['SET', 'k', long],
      ['ECHO', 'one'],
      ['SET', 'k', long],
      ['ECHO', 'two'],
    ]);
    await until(() => heard.length === 2);
    expect(heard.map(({ args }) => args)).toEqual([['one'], ['two']]);
  });

  it('ends when it is told to', async () => {
    const heard: MonitoredCommand[] = [];
    const stop = await server.link.monitor('ECHO', (command) => heard.push(command));
    stop();
    await until(
      async () => !String(await server.link.command('CLIENT', 'LIST')).includes('cmd=monitor'),
    );
    await server.link.command('ECHO', 'late');
    expect(heard).toEqual([]);
  });

  it('is refused to a user who may not, and leaves no connection behind', async () => {
    await server.link.command('ACL', 'SETUSER', 'u', 'on', '>pass', '~*', '+@all', '-monitor');
    const limited = await linkTo(server.url, 'limited', ['u', 'pass']);
    await expect(limited.monitor('ECHO', () => undefined)).rejects.toThrow(MonitorRefused);
    await until(async () => {
      const clients = String(await server.link.command('CLIENT', 'LIST')).split('\n');
      return clients.filter((line) => line.includes('user=u')).length === 1;
    });
    await server.link.command('ACL', 'SETUSER', 'u', '+monitor');
    expect(await listen(limited, 'ECHO')).toEqual([]);
  });

  it('of a server that is gone is told as everywhere', async () => {
    const gone = await startRedis();
    onTestFinished(() => gone.stop());
    await gone.kill();
    const problem = await problemOf(gone.link.monitor('ECHO', () => undefined));
    expect(problem.code).toBe('redis.unreachable');
  });
});

describe('a line of MONITOR', () => {
  it.each([
    ['+1.5 [0 127.0.0.1:6] "get" "k"', ['GET', ['k'], '127.0.0.1:6', 0]],
    ['+1.5 [9 [::1]:6379] "get" "k"', ['GET', ['k'], '[::1]:6379', 9]],
    ['+1.5 [0 unix:/a b/r.sock] "get" "k"', ['GET', ['k'], 'unix:/a b/r.sock', 0]],
    ['+1.5 [0 lua] "xreadgroup" "GROUP" "g"', ['XREADGROUP', ['GROUP', 'g'], 'lua', 0]],
    ['+1.5 [0 a] "echo" "\\xc3\\xbc \\"] \\"x\\" \\\\"', ['ECHO', ['ü "] "x" \\'], 'a', 0]],
    ['+1.5 [0 a] "echo" ""', ['ECHO', [''], 'a', 0]],
  ])('%s', (line, expected) => {
    const parsed = parseLine(line);
    expect([parsed?.name, parsed?.args, parsed?.address, parsed?.database]).toEqual(expected);
  });

  it.each(['+OK', '-ERR no', '', '+1.5 [0 a]', '+1.5 [0 a] ', 'x'])('%j is none', (line) => {
    expect(parseLine(line)).toBeNull();
  });
});

async function listen(link: RedisLink, name: string): Promise<MonitoredCommand[]> {
  const heard: MonitoredCommand[] = [];
  onTestFinished(await link.monitor(name, (command) => heard.push(command)));
  return heard;
}

async function linkTo(
  url: string,
  name: string,
  login?: readonly [string, string],
): Promise<RedisLink> {
  const [username = null, password = null] = login ?? [];
  const link = await RedisLink.open(
    { url, username, password: password === null ? null : () => password },
    name,
  );
  onTestFinished(() => link.close());
  return link;
}
