import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { type Clock, OrionError } from '../problems/index.js';
import { type RedisAddress, RedisLink } from '../redis/index.js';
import type { Units } from './units.js';

export interface PrivateRedisOptions {
  /** Where the server keeps its files; made by the caller, who also removes it. */
  readonly directory: string;
  /** Runs the server, so that whoever ends all units ends the server too. */
  readonly units: Units;
  /** The search path, as in `$PATH`. */
  readonly path: string;
  readonly clock: Clock;
}

/** The unit that runs it. */
export const REDIS_SERVICE = 'redis';
const READY_MS = 10_000;

/**
 * Starts a Redis of our own with an append-only file synced every second, as the production server
 * has, on a free loopback port, where each connection has an address of its own as in production.
 * @throws {OrionError} `rehearsal.redis` when no server program is found or it does not come up
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<RedisAddress> {
  const { directory, units, clock } = options;
  const program = findServer(options.path);
  const port = await freePort();
  const log = join(directory, 'redis.log');
  const listen = ['--port', String(port), '--bind', '127.0.0.1'];
  const keep = [
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
  ];
  units.define(REDIS_SERVICE, {
    argv: [program, ...listen, ...keep, '--daemonize', 'no', '--loglevel', 'warning'],
    cwd: directory,
    env: {},
    log,
  });
  await units.start(REDIS_SERVICE);
  const url = `redis://127.0.0.1:${port}`;
  const address: RedisAddress = { url, username: null, password: null };
  await untilRedisAnswers(address, clock, log);
  return address;
}

/** @throws {OrionError} `rehearsal.redis` when it does not within 10 s */
export async function untilRedisAnswers(
  address: RedisAddress,
  clock: Clock,
  log: string,
): Promise<void> {
  const deadline = clock.now() + READY_MS;
  for (;;) {
    try {
      const link = await RedisLink.open(address, 'orion-rehearsal');
      link.close();
      return;
    } catch (error) {
      if (clock.now() > deadline) {
        throw new OrionError({
          kind: 'prerequisite',
          code: 'rehearsal.redis',
          message: `the private Redis did not answer within ${READY_MS / 1_000} s`,
          hint: `Its log is ${log}. No other server was touched.`,
          cause: error,
        });
      }
      await clock.sleep(20);
    }
  }
}

function findServer(path: string): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const candidates = ['redis-server', 'valkey-server'].flatMap((program) =>
    folders.map((folder) => join(folder, program)),
  );
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new OrionError({
    kind: 'prerequisite',
    code: 'rehearsal.redis',
    message: 'neither redis-server nor valkey-server is on the PATH',
    hint: 'The rehearsal starts a throw-away server of its own; it never uses the one in redis.url.',
    next: ['bin/setup', 'orion-bus rehearse'],
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return address.port;
}
