import { fileURLToPath } from 'node:url';
import { loadContracts } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';
import { type EntryId, RedisLink } from '../redis/index.js';
import { createPublisher } from './publisher.js';
import { redisAddress } from './redis-address.js';

export interface BusOptions {
  /** `redis://`, `rediss://` or `unix:///path`; a login in it is kept out of every message. */
  readonly redisUrl: string;
  /** The first part of every stream's key; `orion` when left out. */
  readonly prefix?: string;
  /** A directory of JSON Schemas; the contracts of this package when left out. */
  readonly contractsDir?: string;
  /** True refuses messages whose `format`s do not hold, which the buses in production accept. */
  readonly strictFormats?: boolean;
  /** Entries a stream is trimmed to, roughly; 10,000 when left out. */
  readonly maxLength?: number;
}

export interface Bus {
  /**
   * Checks a message against its contract and appends it to the stream of its type.
   * @throws {ContractViolation} nothing was written; `violations` says where, as JSON pointers
   * @throws {OrionError} by `code`: `contract.unknown`, `message.not-json`, `redis.out-of-memory`,
   * `redis.write-refused`, `redis.unreachable`, `bus.closed`
   */
  publish(type: string, message: unknown): Promise<EntryId>;
  /** Publishes messages of one type in order, all or none. */
  publishBatch(type: string, messages: readonly unknown[]): Promise<readonly EntryId[]>;
  /** Waits for what is being published, then closes the connection. May be called again. */
  close(): Promise<void>;
}

const SHIPPED_CONTRACTS = fileURLToPath(new URL('../../contracts', import.meta.url));

/**
 * Opens the bus. A connection lost later is made again by itself; until then publishing fails.
 * @throws {OrionError} `redis.unreachable`, `redis.refused`, or what is wrong with the contracts
 */
export async function createBus(options: BusOptions): Promise<Bus> {
  const contracts = await loadContracts({
    directory: options.contractsDir ?? SHIPPED_CONTRACTS,
    strictFormats: options.strictFormats ?? false,
  });
  const link = await RedisLink.open(redisAddress(options.redisUrl), 'orion-bus-library');
  const { prefix = 'orion', maxLength = 10_000 } = options;
  const publisher = createPublisher({ link, contracts, prefix, maxLength });
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function whileOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    if (closed) {
      throw new OrionError({ kind: 'usage', code: 'bus.closed', message: 'The bus is closed.' });
    }
    const working = work();
    underWay.add(working);
    try {
      return await working;
    } finally {
      underWay.delete(working);
    }
  }

  return {
    publish: (type, message) => whileOpen(() => publisher.publish(type, message)),
    publishBatch: (type, messages) => whileOpen(() => publisher.publishBatch(type, messages)),
    close: async () => {
      closed = true;
      await Promise.allSettled(underWay);
      link.close();
    },
  };
}
