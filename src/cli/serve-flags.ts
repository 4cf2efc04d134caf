import { redisAddress, type Secret } from '../bus/index.js';
import { OrionError } from '../problems/index.js';
import type { RedisAddress } from '../redis/index.js';
import { readInput } from './input.js';
import type { Surroundings } from './surroundings.js';

/**
 * Where `--redis-addr` points, with the login of the configuration.
 * @throws {OrionError} `usage.password` for one with a password: everybody could read it in the
 *   list of processes
 */
export function redisOfFlag(flag: string | undefined, configured: RedisAddress): RedisAddress {
  if (flag === undefined) return configured;
  const address = redisAddress(flag);
  if (address.password === null) {
    const { username, password } = configured;
    return { url: address.url, username: address.username ?? username, password };
  }
  throw new OrionError({
    kind: 'usage',
    code: 'usage.password',
    message: 'The address of Redis on the command line holds a password.',
    hint: 'Everybody on this host can read it in the list of processes: set ORION_BUS_REDIS_PASSWORD instead, and change that password.',
    next: ['orion-bus serve --help'],
  });
}

/** @throws {OrionError} `usage.min-idle` for a time in which no sign of life could come, or none is missed */
export function checkedIdle(milliseconds: number): number {
  if (milliseconds >= 100 && milliseconds <= 86_400_000) return milliseconds;
  throw new OrionError({
    kind: 'usage',
    code: 'usage.min-idle',
    message: '--min-idle is a time from 100ms to 1d.',
    next: ['orion-bus serve --help'],
  });
}

/** The first line of a token file. @throws {OrionError} `input.unreadable` */
export async function readToken(path: string, surroundings: Surroundings): Promise<Secret> {
  const { text } = await readInput(path, surroundings);
  const token = (text.split('\n')[0] ?? '').trim();
  return () => token;
}
