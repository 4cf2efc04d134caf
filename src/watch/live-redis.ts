import {
  type Capabilities,
  probeCapabilities,
  type RedisAddress,
  RedisLink,
} from '../redis/index.js';

/** A connection for whoever outlives Redis: tried again by everyone who asks, until there is one. */
export class LiveRedis {
  readonly #address: RedisAddress;
  readonly #prefix: string;
  #open: { readonly link: RedisLink; readonly capabilities: Capabilities } | null = null;

  constructor(address: RedisAddress, prefix: string) {
    this.#address = address;
    this.#prefix = prefix;
  }

  /** @throws {OrionError} `redis.unreachable`, `redis.refused` */
  async get(): Promise<{ readonly link: RedisLink; readonly capabilities: Capabilities }> {
    if (this.#open !== null) return this.#open;
    const link = await RedisLink.open(this.#address, 'orion-bus-watch');
    try {
      this.#open = { link, capabilities: await probeCapabilities(link, this.#prefix) };
    } catch (error) {
      link.close();
      throw error;
    }
    return this.#open;
  }

  close(): void {
    this.#open?.link.close();
    this.#open = null;
  }
}
