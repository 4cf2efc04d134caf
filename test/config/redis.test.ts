import { chmod } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Config, describeConfig } from '../../src/config/index.js';
import { readRedisUrl } from '../../src/config/redis-url.js';
import { configRoom, type LoadExtras } from './room.js';

const room = configRoom();

const seen = ({ redis }: Config) => [redis.url, redis.username, redis.password?.() ?? null];

describe('a URL of Redis', () => {
  it.each<[text: string, url: string, username: string | null, password: string | null]>([
    ['redis://localhost', 'redis://localhost', null, null],
    ['redis://[::1]:6380/3', 'redis://[::1]:6380/3', null, null],
    ['rediss://u@host:1/', 'rediss://host:1/', 'u', null],
    ['redis://:p@host', 'redis://host', null, 'p'],
    ['redis://u:p%40s%2Fs@host:1/2', 'redis://host:1/2', 'u', 'p@s/s'],
    ['redis://u:p@s@host', 'redis://host', 'u', 'p@s'],
    ['unix:///run/redis.sock', 'unix:///run/redis.sock', null, null],
    ['unix:///run/a%20b', 'unix:///run/a%20b', null, null],
  ])('%s', (text, url, username, password) => {
    expect(readRedisUrl(text)).toEqual({ url, username, password });
  });

  // What follows an unescaped / ? # would be taken for path or query, and shown.
  it.each([
    'localhost:6379',
    'http://host',
    'redis://',
    'redis:///0',
    'redis://host/db',
    'redis://host:99999',
    'redis://u:12/secret@host',
    'redis://u:12?secret@host',
    'redis://u:12#secret@host',
    'redis://host?',
    'redis://:%zz@host',
    'unix://run/redis.sock',
    'unix://',
    'unix:///',
    'unix:///a?db=1',
  ])('is not %s', (text) => {
    expect(readRedisUrl(text)).toBeNull();
  });
});

describe('what holds for Redis', () => {
  const FILE = 'redis: { url: "redis://fu:fp@file:1" }';
  const KEYS = 'redis: { url: "redis://file:1", username: ku, password: kp }';
  const ENV = { ORION_BUS_REDIS_URL: 'redis://eu:ep@env:2' };

  it.each<[what: string, yaml: string, options: LoadExtras, expected: readonly unknown[]]>([
    ['default', '', {}, ['redis://127.0.0.1:6379', null, null]],
    ['URL of the file', FILE, {}, ['redis://file:1', 'fu', 'fp']],
    ['keys of the file', KEYS, {}, ['redis://file:1', 'ku', 'kp']],
    ['environment over the file', FILE, { env: ENV }, ['redis://env:2', 'eu', 'ep']],
    ['environment over the keys', KEYS, { env: ENV }, ['redis://env:2', 'eu', 'ep']],
    [
      'flag over the environment',
      FILE,
      { env: ENV, redisUrl: 'redis://flag:3/1' },
      ['redis://flag:3/1', null, null],
    ],
    [
      'keys of the file beside the flag',
      KEYS,
      { redisUrl: 'unix:///run/r.sock' },
      ['unix:///run/r.sock', 'ku', 'kp'],
    ],
    ['user of the flag', KEYS, { redisUrl: 'redis://flu@flag:3' }, ['redis://flag:3', 'flu', 'kp']],
    [
      'password of the environment over every other',
      FILE,
      { env: { ...ENV, ORION_BUS_REDIS_PASSWORD: 'own' } },
      ['redis://env:2', 'eu', 'own'],
    ],
    [
      'variables that are set to nothing',
      FILE,
      { env: { ORION_BUS_REDIS_URL: '', ORION_BUS_REDIS_PASSWORD: '' } },
      ['redis://file:1', 'fu', 'fp'],
    ],
  ])('%s', async (_what, yaml, options, expected) => {
    expect(seen(await room.load(yaml, options))).toEqual(expected);
  });

  it('is one user and one password', async () => {
    expect(
      await room.mistakes(
        'redis: { url: "redis://u:p@a", username: b, password: c, passwordFile: d }',
      ),
    ).toEqual([
      '1:32 redis.username: expected one user, found another one in redis.url',
      '1:45 redis.password: expected one password, found another one in redis.url',
      '1:58 redis.passwordFile: expected one password, found another one in redis.url',
      '1:58 redis.passwordFile: expected one password, found redis.password beside it',
    ]);
  });

  it.each([
    'redis: { url: 6379 }',
    'redis: { url: "http://secret@a" }',
    'redis: { url: "redis://u:1/secret@a" }',
  ])('is not %s', async (yaml) => {
    const [line, ...others] = await room.mistakes(yaml);
    expect(line).toMatch(/^1:15 redis\.url: expected .*redis:\/\/host:port\/db.*not shown/);
    expect(others).toEqual([]);
  });

  it('is refused by the name of its variable', async () => {
    const env = { ORION_BUS_REDIS_URL: 'redis://u:1/secret@a' };
    const lines = await room.mistakes('', { env });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^ORION_BUS_REDIS_URL: expected redis:\/\/host:port\/db.*not shown/);
  });
});

describe('a password file', () => {
  const YAML = 'redis:\n  passwordFile: redis.password';
  const place = '2:17 redis.passwordFile:';

  async function withFile(text: string, mode = 0o640): Promise<string> {
    const path = await room.write('redis.password', text);
    await chmod(path, mode);
    return path;
  }

  it.each(['secret', 'secret\n', 'secret\r\n'])('holds one line: %j', async (text) => {
    await withFile(text);
    expect((await room.load(YAML)).redis.password?.()).toBe('secret');
  });

  it.each([0o644, 0o642])('is closed to others, not %o', async (mode) => {
    const path = await withFile('secret', mode);
    expect(await room.mistakes(YAML)).toEqual([
      `${place} expected a file that other users cannot read or write (chmod o-rw), found ${path} with mode 0${mode.toString(8)}`,
    ]);
  });

  it.each([
    ['', 'nothing in it'],
    ['\n', 'nothing in it'],
    ['secret\nmore\n', 'several lines'],
  ])('is not %j', async (text, found) => {
    const path = await withFile(text);
    expect(await room.mistakes(YAML)).toEqual([
      `${place} expected a file with the password on one line, found ${found} in ${path}`,
    ]);
  });

  it('is there', async () => {
    expect(await room.mistakes(YAML)).toEqual([
      `${place} expected a file that can be read, found ${room.directory}/redis.password: no such file`,
    ]);
  });

  it('is not needed beside a password of the environment', async () => {
    const env = { ORION_BUS_REDIS_PASSWORD: 'own' };
    expect((await room.load(YAML, { env })).redis.password?.()).toBe('own');
  });
});

describe('--redis-url', () => {
  it.each(['redis://:hunter2@host', 'redis://u:hunter2@host', 'redis://u:1/hunter2@host'])(
    'takes no password: %s',
    async (redisUrl) => {
      const error = await room.refusal('soak: wrong', { redisUrl });
      expect(error).toMatchObject({
        kind: 'usage',
        code: 'config.password-on-command-line',
        exitCode: 64,
      });
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    },
  );

  it('is a URL of Redis', async () => {
    const error = await room.refusal('', { redisUrl: 'host:6379' });
    expect(error).toMatchObject({ kind: 'usage', code: 'config.redis-url', exitCode: 64 });
  });
});

describe('a secret', () => {
  const YAML = `
redis: { url: "redis://u:hunter2@host" }
modules:
  memory:
    service: m
    settings: { file: /m, format: text, source: "redis://:hunter2@a", target: x }
    tests: { command: [t, "redis://u:hunter2@b"], env: { DB_PASSWORD: hunter2, GROUP: g, URL: "redis://:hunter2@c" } }
`;

  it('of the connection is in no text of the configuration', async () => {
    const config = await room.load('redis: { url: "redis://u:hunter2@host" }');
    expect(config.redis.password?.()).toBe('hunter2');
    expect(JSON.stringify(config)).not.toContain('hunter2');
    expect(inspect(config, { depth: 20, showHidden: true })).not.toContain('hunter2');
  });

  it('is in no description, which says that it is there', async () => {
    const described = describeConfig(await room.load(YAML));
    expect(JSON.stringify(described)).not.toContain('hunter2');
    expect(described).toMatchObject({
      redis: { url: 'redis://host', username: 'u', password: '(hidden)' },
      modules: [{ tests: { env: { DB_PASSWORD: '(hidden)', GROUP: 'g' } } }],
      soak: { moduleMs: 86_400_000 },
    });
    expect(describeConfig(await room.load(''))).toMatchObject({ redis: { password: null } });
  });

  it.each([
    'redis: "redis://:hunter2@host"',
    'redis: { url: "redis://:hunter2@host", password: 5 }',
    'redis: { url: "redis://:x#hunter2@host" }',
    'redis: { url: "http://:hunter2@host" }',
    'redis: { password: [hunter2] }',
    'redis: { passwrd: hunter2 }',
    'redis: { password:hunter2 }',
    'redis: { url:redis://:hunter2@host }',
    'redis:\n  password:hunter2',
    'redis:\n  username: a\n  password:hunter2',
    'redis:\n  username: a\n  password:hunter2\n  url: x',
    'redis:\n  password: *hunter2',
    'redis:\n  password: !hunter2',
    'redis:\n  password: !hunter2 x',
    'redis:\n  password: "hunter2',
    'redis:\n  password: "\\hunter2"',
    'redis:\n  password: @hunter2',
    'redis:\n  password: %hunter2',
    'redis:\n  password: hunter2: x',
    'redis:\n  password: |hunter2',
    'redis:\n  password: {hunter2',
    'redis:\n password: hunter2\n  x: y',
    'password:hunter2',
    '%hunter2\n---\na: b',
    'target: { url: "http://u:hunter2@host" }',
    'target: { url: "ftp://u:hunter2@host" }',
    'streams: { prefix: "redis://u:hunter2@host" }',
    'modules: { m: { service: m, settings: { file: /m, format: text, source: hunter2, target: hunter2 } } }',
    'modules: { m: { tests: { command: [t], env: { PW: [hunter2] } } } }',
    'modules: { m: { tests: { command: [t], env: hunter2 } } }',
    'modules: { m: { tests: { command: [t], env: { PW: hunter2 } } } }',
  ])('is in no error: %j', async (yaml) => {
    const error = await room.refusal(yaml);
    expect(error.code).toBe('config.invalid');
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    expect(error.message).toContain(`${room.file}:`);
  });
});
