import { type Config, loadConfig } from '../config/index.js';
import { type Contracts, loadContracts } from '../contracts/index.js';
import { RedisLink } from '../redis/index.js';
import { createServices, type Services } from '../services/index.js';
import type { Surroundings } from './surroundings.js';

export interface SessionFlags {
  readonly config?: string | undefined;
  readonly 'redis-url'?: string | undefined;
}

export interface SessionOptions {
  readonly flags: SessionFlags;
  readonly surroundings: Surroundings;
  readonly packageRoot: string;
}

/**
 * The one owner of what a command has open. The configuration is read at once; everything else is
 * opened when it is first asked for, and closed in reverse.
 */
export class Session {
  readonly config: Config;
  readonly surroundings: Surroundings;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #redis: Promise<RedisLink> | null = null;
  #contracts: Promise<Contracts> | null = null;
  #services: Services | null = null;

  private constructor(config: Config, surroundings: Surroundings) {
    this.config = config;
    this.surroundings = surroundings;
  }

  /** @throws {OrionError} kind `config`, with every mistake in the file */
  static async open({ flags, surroundings, packageRoot }: SessionOptions): Promise<Session> {
    const { env, cwd } = surroundings;
    const config = await loadConfig({
      env,
      cwd,
      packageRoot,
      file: flags.config,
      redisUrl: flags['redis-url'],
    });
    return new Session(config, surroundings);
  }

  /** @throws {OrionError} `redis.unreachable`, `redis.refused` */
  redis(): Promise<RedisLink> {
    this.#redis ??= this.#openRedis();
    return this.#redis;
  }

  /** @throws {OrionError} kind `validation`, with every bad or unreadable contract */
  contracts(): Promise<Contracts> {
    this.#contracts ??= loadContracts({ directory: this.config.contracts });
    return this.#contracts;
  }

  services(): Services {
    this.#services ??= createServices(this.config.services, { clock: this.surroundings.clock });
    return this.#services;
  }

  /** Hands over something to close; what was opened last is closed first. */
  defer(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Closes everything, also when one of the closers fails. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #openRedis(): Promise<RedisLink> {
    const link = await RedisLink.open(this.config.redis, 'orion-bus');
    this.defer(() => link.close());
    return link;
  }
}
