import type { Redis, RedisOptions } from 'ioredis';
import { endpointOf, type RedisAddress } from './address.js';
import { isNeverSent, isServerError, unreachable } from './link-problems.js';
import { type MonitoredCommand, MonitorRefused, monitor } from './monitor.js';
import type { Script } from './scripts/index.js';

/*
 * One connection to Redis. RESP2 is pinned, so that replies have the shape the parsers know.
 *
 *   open       commands are sent at once
 *   lost       tried again without end; a command waits for the connection, but not past its time, and
 *              one that was given up is never sent: its caller has been told that it failed
 *   closed     by `close`; every command is refused at once
 *
 * A command never waits for ever: within ANSWER_WITHIN_MS it is answered or refused, and a connection
 * on which nothing was answered for twice that time counts as lost. One in flight
 * when the connection broke is not sent again, since nobody knows whether it took effect: the caller
 * looks, then decides.
 */

export type Reply = string | number | null | readonly Reply[];

/** How a link differs from the usual one; for connections whose commands block. */
interface LinkManner {
  /** In which time a command has to be answered, in milliseconds; 4 s when left out. */
  readonly answerWithinMs?: number;
  /** False for a connection that stays lost: an answer may have been lost with it. */
  readonly reconnects?: boolean;
}

const CONNECT_WITHIN_MS = 2_000;
const ANSWER_WITHIN_MS = 4_000;

export class RedisLink {
  readonly #redis: Redis;
  readonly #address: RedisAddress;
  /** Put before every script; empty on servers that do not know script flags (before Redis 7). */
  readonly #shebang: string;
  readonly #answerWithinMs: number;

  private constructor(
    redis: Redis,
    address: RedisAddress,
    shebang: string,
    answerWithinMs: number,
  ) {
    this.#redis = redis;
    this.#address = address;
    this.#shebang = shebang;
    this.#answerWithinMs = answerWithinMs;
  }

  /**
   * Opens a connection.
   * @param name shown in CLIENT LIST, so that an operator can tell whose it is
   * @throws {OrionError} `redis.unreachable` or `redis.refused` (wrong password, no permission), within 5 s
   */
  static async open(
    address: RedisAddress,
    name: string,
    manner: LinkManner = {},
  ): Promise<RedisLink> {
    // Many a command line ends without a connection.
    const { Redis } = await import('ioredis');
    const redis = new Redis({ ...optionsFor(address, name, manner), replyMapping: 'legacy' });
    // Without a listener ioredis prints every failed attempt; each one is also the rejection below.
    let last: unknown = null;
    redis.on('error', (error: unknown) => {
      last = error;
    });
    try {
      // A server that takes the connection and says nothing would hold up each command of the login.
      const shebang = await within(ANSWER_WITHIN_MS, async () => {
        await redis.connect();
        return probeShebang(redis);
      });
      redis.setMaxListeners(0);
      return new RedisLink(redis, address, shebang, manner.answerWithinMs ?? ANSWER_WITHIN_MS);
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
    // Any reply in RESP2 has this shape; the client's own type is `unknown`.
    return this.#send(() => this.#redis.call(name, ...args.map(String)) as Promise<Reply>);
  }

  /** Sends commands together as MULTI … EXEC; the first error of the server is thrown. */
  async transaction(commands: readonly (readonly (string | number)[])[]): Promise<Reply[]> {
    return this.#batch(() => this.#redis.multi(asBatch(commands)));
  }

  /** Sends commands in one go, not atomically; the first error of the server is thrown. */
  async pipeline(commands: readonly (readonly (string | number)[])[]): Promise<Reply[]> {
    return this.#batch(() => this.#redis.pipeline(asBatch(commands)));
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
  async duplicate(name: string, manner: LinkManner = {}): Promise<RedisLink> {
    return RedisLink.open(this.#address, name, manner);
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

  async #batch(batch: () => ReturnType<Redis['pipeline']>): Promise<Reply[]> {
    return this.#send(async () => {
      const replies = (await batch().exec()) ?? [];
      return replies.map(([error, result]) => {
        if (error) throw error;
        // As in `command`.
        return result as Reply;
      });
    });
  }

  /** Waits for the connection where it is lost, then sends; after its time nothing is sent any more. */
  async #send<T>(send: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#answerWithinMs;
    const left = (): number => Math.max(1, deadline - performance.now());
    for (;;) {
      try {
        await connected(this.#redis, left());
        return await within(left(), send);
      } catch (error) {
        const over = performance.now() >= deadline;
        if (over || !isNeverSent(error)) throw this.#translated(error);
        // The socket has just ended, and the client learns of it in a moment.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  #translated(error: unknown): unknown {
    return isServerError(error) ? error : unreachable(this.#address, error);
  }
}

function optionsFor(
  address: RedisAddress,
  name: string,
  { answerWithinMs = ANSWER_WITHIN_MS, reconnects = true }: LinkManner,
): RedisOptions {
  const common: RedisOptions = {
    protocol: 2,
    lazyConnect: true,
    connectionName: name,
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: answerWithinMs,
    // A peer that goes away without a word leaves a connection that stands and never answers; by itself
    // it would end after many minutes only.
    socketTimeout: 2 * answerWithinMs,
    // A queue of its own would send commands long after their callers were told that they failed.
    enableOfflineQueue: false,
    // Whatever is in flight fails as soon as the connection breaks, not after some attempts.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnects ? (attempt) => Math.min(attempt * 100, 1_000) : () => null,
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

/** Resolves when the connection stands; those who wait go on in the order in which they came. */
function connected(redis: Redis, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  if (redis.status === 'end') return Promise.reject(new Error('the connection was closed'));
  return new Promise((resolve, reject) => {
    const settle = (problem: string | null): void => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('end', onEnd);
      if (problem === null) resolve();
      else reject(new Error(problem));
    };
    const onReady = (): void => settle(null);
    const onEnd = (): void => settle('the connection was closed');
    const timer = setTimeout(settle, withinMs, LOST_FOR_TOO_LONG);
    redis.once('ready', onReady);
    redis.once('end', onEnd);
  });
}

const LOST_FOR_TOO_LONG = 'the connection was lost and could not be made again in time';

/** Gives up waiting after its time; what was sent by then may still take effect. */
function within<T>(ms: number, send: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Command timed out')), ms);
    send()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** By `call`, since the client has methods only for the commands it knows, in lower case. */
function asBatch(commands: readonly (readonly (string | number)[])[]): string[][] {
  return commands.map((command) => ['call', ...command.map(String)]);
}
