import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { type RedisAddress, RedisLink } from '../../src/redis/index.js';

/** A real redis-server of a test's own: a private directory, a unix socket, no port, gone afterwards. */
export interface TestRedis {
  readonly url: string;
  readonly address: RedisAddress;
  readonly directory: string;
  readonly link: RedisLink;
  /** Ends the server without asking it, as a crash would; `restart` brings it back with its AOF. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export async function startRedis(extra: readonly string[] = []): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-redis-'));
  const socket = join(directory, 'redis.sock');
  const address: RedisAddress = { url: `unix://${socket}`, username: null, password: null };
  let server = spawn(directory, socket, extra);
  let link = await connected(address);
  return {
    url: address.url,
    address,
    directory,
    get link() {
      return link;
    },
    async kill() {
      server.kill('SIGKILL');
      await server.catch(() => undefined);
    },
    async restart() {
      server.kill('SIGTERM');
      await server.catch(() => undefined);
      link.close();
      server = spawn(directory, socket, extra);
      link = await connected(address);
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      link.close();
      server.kill('SIGCONT');
      server.kill('SIGKILL');
      await server.catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function spawn(directory: string, socket: string, extra: readonly string[]): ResultPromise {
  const server = execa(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', '', '--appendonly', 'yes']
      .concat(['--appendfsync', 'everysec', '--daemonize', 'no', '--loglevel', 'warning'])
      .concat(extra),
    { stdout: 'ignore', stderr: 'ignore' },
  );
  server.catch(() => undefined);
  return server;
}

async function connected(address: RedisAddress): Promise<RedisLink> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await RedisLink.open(address, 'orion-test');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
