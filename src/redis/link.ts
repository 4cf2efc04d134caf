import { Redis, type RedisOptions } from 'ioredis';
import { messageOf, OrionError } from '../problems/index.js';
import { endpointOf, type RedisAddress } from './address.js';
import { type MonitoredCommand, MonitorRefused, monitor } from './monitor.js';
import type { Script } from './scripts/index.js';

/*
 * One connection to Redis. RESP2 is pinned, so that replies have the shape the parsers know.
 *
 * A command never waits for ever: it is refused after COMMAND_TIMEOUT_MS, and a lost connection is
 * tried again a bounded number of times. A command in flight when the connection broke is not sent
 * again, since nobody knows whether it took effect: the caller looks, then decides.
 */

export type Reply = string | number | null | readonly Reply[];

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 4_000;
const RETRIES = 4;

export class RedisLink {
  readonly #redis: Redis;
  readonly #address: RedisAddress;
  /** Put before every script; empty on servers that do not know script flags (before Redis 7). */
  readonly #shebang: string;

  private constructor(redis: Redis, address: RedisAddress, shebang: string) {
    this.#redis = redis;
    this.#address = address;
    this.#shebang = shebang;
  }

  /**
   * Opens a connection.
   * @param name shown in CLIENT LIST, so that an operator can tell whose it is
   * @throws {OrionError} `redis.unreachable` or `redis.refused` (wrong password, no permission), within 5 s
   */
  static async open(address: RedisAddress, name: string): Promise<RedisLink> {
    const redis = new Redis({ ...optionsFor(address, name), replyMapping: 'legacy' });
    // Without a listener ioredis prints every failed attempt; each one is also the rejection below.
    let last: unknown = null;
    redis.on('error', (error: unknown) => {
      last = error;
    });
    try {
      await redis.connect();
      return new RedisLink(redis, address, await probeShebang(redis));
    } catch (error) {
      redis.disconnect();
      throw unreachable(address, last ?? error);
    }
  }

  /** Where this connection goes, without any secret. */
  get url(): string {
    return this.#address.url;
  }

  /** The number of the database that keys are looked up in. */
  get database(): number {
    return endpointOf(this.#address).database;
  }

  /**
   * Sends one command.
   * @throws {Error} the server's own error; {OrionError} `redis.unreachable` when no answer came
   */
  async command(name: string, ...args: readonly (string | number)[]): Promise<Reply> {
    try {
      return (await this.#redis.call(name, ...args.map(String))) as Reply;
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** Sends commands together as MULTI … EXEC; the first error of the server is thrown. */
  async transaction(commands: readonly (readonly (string | number)[])[]): Promise<Reply[]> {
    return this.#batch(this.#redis.multi(asStrings(commands)));
  }

  /** Sends commands in one go, not atomically; the first error of the server is thrown. */
  async pipeline(commands: readonly (readonly (string | number)[])[]): Promise<Reply[]> {
    return this.#batch(this.#redis.pipeline(asStrings(commands)));
  }

  /**
   * Runs a script, with memory full too where the server allows it.
   * @param keys and @param args as the script's own first lines describe them
   */
  async script(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    return this.command('EVAL', this.#shebang + script.lua, keys.length, ...keys, ...args);
  }

  /** A further connection to the same server, for what blocks or must not wait. */
  async duplicate(name: string): Promise<RedisLink> {
    return RedisLink.open(this.#address, name);
  }

  /**
   * Listens to all commands of one name on this server, of every client. Costly for a busy server:
   * keep it short.
   * @param name in capitals, as `XREADGROUP`
   * @returns stops listening
   * @throws {MonitorRefused} where the server does not allow it; {OrionError} `redis.unreachable`
   */
  async monitor(name: string, listen: (command: MonitoredCommand) => void): Promise<() => void> {
    try {
      return await monitor(this.#address, name, listen);
    } catch (error) {
      throw error instanceof MonitorRefused ? error : unreachable(this.#address, error);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #batch(batch: ReturnType<Redis['pipeline']>): Promise<Reply[]> {
    let replies: [error: Error | null, result: unknown][] | null;
    try {
      replies = await batch.exec();
    } catch (error) {
      throw this.#translated(error);
    }
    return (replies ?? []).map(([error, result]) => {
      if (error) throw this.#translated(error);
      return result as Reply;
    });
  }

  #translated(error: unknown): unknown {
    return isServerError(error) ? error : unreachable(this.#address, error);
  }
}

/** True for an error that the server answered, as opposed to no answer at all. */
export function isServerError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function optionsFor(address: RedisAddress, name: string): RedisOptions {
  const common: RedisOptions = {
    protocol: 2,
    lazyConnect: true,
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: RETRIES,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password() }),
  };
  const { options, tls, database } = endpointOf(address);
  return { ...common, ...options, db: database, ...(tls ? { tls: {} } : {}) };
}

const SHEBANG = '#!lua flags=allow-oom\n';

/** Asks the server whether it knows script flags; a refused login shows here as well. */
async function probeShebang(redis: Redis): Promise<string> {
  try {
    await redis.call('EVAL', `${SHEBANG}return 1`, '0');
    return SHEBANG;
  } catch (error) {
    if (isServerError(error) && !/NOAUTH|WRONGPASS/.test(error.message)) return '';
    throw error;
  }
}

function unreachable(address: RedisAddress, error: unknown): OrionError {
  const text = messageOf(error);
  const refused = /NOAUTH|WRONGPASS|NOPERM|invalid username-password/i.test(text);
  return new OrionError({
    kind: 'prerequisite',
    code: refused ? 'redis.refused' : 'redis.unreachable',
    message: refused
      ? `Redis at ${address.url} refused the login: ${text}`
      : `Redis at ${address.url} does not answer: ${text}`,
    hint: refused
      ? 'Set the password by ORION_BUS_REDIS_PASSWORD or redis.passwordFile.'
      : 'Check that the server runs and that redis.url names it.',
    next: ['orion-bus validate'],
    cause: error,
  });
}

function asStrings(commands: readonly (readonly (string | number)[])[]): string[][] {
  return commands.map((command) => command.map(String));
}
