import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { OrionError } from '../problems/index.js';
import type { BuildSite } from './build-modules.js';
import type { RedisConfig } from './config.js';
import type { RawRedis } from './raw-config.js';
import { codeOf } from './read-text.js';
import { REDIS_URL_EXPECTED, type RedisUrl, readRedisUrl } from './redis-url.js';

/** What stands above the file: the flag first, then the environment. */
export interface RedisOverrides {
  readonly flag: RedisUrl | null;
  /** `ORION_BUS_REDIS_URL`. */
  readonly environmentUrl: string | null;
  /** `ORION_BUS_REDIS_PASSWORD`. */
  readonly environmentPassword: string | null;
}

/**
 * Reads `--redis-url`.
 * @throws {OrionError} kind usage: a password in it (`config.password-on-command-line`), since every
 *   user of the host can read it in the process list, or a URL that is none (`config.redis-url`)
 */
export function redisUrlOfFlag(text: string): RedisUrl {
  const url = readRedisUrl(text);
  if (url !== null && url.password === null) return url;
  const next = ['ORION_BUS_REDIS_PASSWORD=… orion-bus validate --redis-url redis://host:port'];
  // An unreadable URL with an @ in it most likely has a password that broke it.
  if (url !== null || text.includes('@')) {
    throw new OrionError({
      kind: 'usage',
      code: 'config.password-on-command-line',
      message:
        '--redis-url holds a password, which the process list shows to every user of this host.',
      hint: 'Nothing was done. Give the password by ORION_BUS_REDIS_PASSWORD or redis.passwordFile, and change it if it was in use.',
      next,
    });
  }
  throw new OrionError({
    kind: 'usage',
    code: 'config.redis-url',
    message: `--redis-url: expected ${REDIS_URL_EXPECTED}, found something else.`,
    hint: 'Nothing was done.',
    next: ['orion-bus validate --redis-url redis://127.0.0.1:6379'],
  });
}

/**
 * The address of Redis. What stands inside a URL belongs to that URL alone; `username`, `password`
 * and `passwordFile` of the file hold for whichever URL is in use. The password comes from the
 * environment, else from the URL in use, else from the file.
 */
export async function redisConfig(
  raw: RawRedis,
  overrides: RedisOverrides,
  site: BuildSite,
): Promise<RedisConfig> {
  const written = readRedisUrl(raw.url);
  checkWritten(raw, written, site);
  const inUse = overrides.flag ?? environmentUrl(overrides, site) ?? written;
  const password =
    overrides.environmentPassword ??
    inUse?.password ??
    raw.password ??
    (raw.passwordFile === undefined ? null : await passwordOf(raw.passwordFile, site));
  return {
    url: inUse?.url ?? raw.url,
    username: inUse?.username ?? raw.username ?? null,
    password: password === null ? null : () => password,
    log: raw.log === null ? null : resolve(site.baseDirectory, raw.log),
  };
}

function environmentUrl({ environmentUrl: text }: RedisOverrides, { report }: BuildSite) {
  if (text === null) return null;
  const url = readRedisUrl(text);
  if (url === null) {
    const path = ['ORION_BUS_REDIS_URL'];
    const found = 'a text that is none (not shown)';
    report({ path, at: 'environment', expected: REDIS_URL_EXPECTED, found });
  }
  return url;
}

function checkWritten(raw: RawRedis, written: RedisUrl | null, { report }: BuildSite): void {
  if (written === null) {
    const found = 'a text that is none (not shown)';
    report({ path: ['redis', 'url'], at: 'value', expected: REDIS_URL_EXPECTED, found });
  }
  const once = (key: 'username' | 'password' | 'passwordFile', inUrl: boolean, what: string) => {
    if (raw[key] === undefined || !inUrl) return;
    const found = 'another one in redis.url';
    report({ path: ['redis', key], at: 'key', expected: `one ${what}`, found });
  };
  const hasPassword = written !== null && written.password !== null;
  once('username', written !== null && written.username !== null, 'user');
  once('password', hasPassword, 'password');
  once('passwordFile', hasPassword, 'password');
  if (raw.password === undefined || raw.passwordFile === undefined) return;
  const found = 'redis.password beside it';
  report({ path: ['redis', 'passwordFile'], at: 'key', expected: 'one password', found });
}

/** The password in a file of its own, which must be closed to the other users of the host. */
async function passwordOf(file: string, site: BuildSite): Promise<string | null> {
  const path = resolve(site.baseDirectory, file);
  const refuse = (expected: string, found: string): null => {
    site.report({ path: ['redis', 'passwordFile'], at: 'value', expected, found });
    return null;
  };
  try {
    const handle = await open(path);
    try {
      const { mode } = await handle.stat();
      if ((mode & 0o006) !== 0) {
        const found = `${path} with mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
        return refuse('a file that other users cannot read or write (chmod o-rw)', found);
      }
      const password = (await handle.readFile('utf8')).replace(/\r?\n$/, '');
      if (password === '' || /[\r\n]/.test(password)) {
        const found = password === '' ? 'nothing in it' : 'several lines';
        return refuse('a file with the password on one line', `${found} in ${path}`);
      }
      return password;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return refuse('a file that can be read', `${path}: ${codeOf(error)}`);
  }
}
