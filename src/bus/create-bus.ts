import { fileURLToPath } from 'node:url';
import { loadContracts } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';
import { type EntryId, RedisLink } from '../redis/index.js';
import type { MessageOf } from './message-of.js';
import { openSubscription } from './open-subscription.js';
import { createPublisher } from './publisher.js';
import { redisAddress } from './redis-address.js';
import type {
  CloseOptions,
  CloseReport,
  Handler,
  SubscribeOptions,
  Subscription,
} from './subscription.js';

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
  publish<Type extends string>(type: Type, message: MessageOf<Type>): Promise<EntryId>;
  /** Publishes messages of one type in order, all or none. */
  publishBatch<Type extends string>(
    type: Type,
    messages: readonly MessageOf<Type>[],
  ): Promise<readonly EntryId[]>;
  /**
   * Begins to consume the messages of a type as one consumer of a group, at least once each.
   * @throws {OrionError} by `code`: `group.start-needed`, `consumer.taken`, `contract.unknown`,
   * `subscribe.option`, `redis.unreachable`, `redis.refused`, `redis.write-refused`, `bus.closed`
   */
  subscribe<Type extends string>(
    type: Type,
    options: SubscribeOptions,
    handler: Handler<Type>,
  ): Promise<Subscription>;
  /**
   * Closes the subscriptions, waits for what is being published, then closes the connection. A second
   * call can only hurry the first.
   * @returns what each subscription that was still open has left, in the order in which they were made
   */
  close(options?: CloseOptions): Promise<readonly CloseReport[]>;
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
  const subscriptions = new Set<Subscription>();
  // Handlers may publish until they have ended, so publishing is open longer than subscribing.
  const open = { publishing: true, subscribing: true };

  async function whileOpen<Result>(
    what: keyof typeof open,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (!open[what]) {
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

  async function subscribe<Type extends string>(
    type: Type,
    options: SubscribeOptions,
    handler: Handler<Type>,
  ): Promise<Subscription> {
    const subscription = await openSubscription(
      { link, contracts, prefix },
      type,
      options,
      handler,
    );
    subscriptions.add(subscription);
    void subscription.closed.then(() => subscriptions.delete(subscription));
    return subscription;
  }

  return {
    publish: (type, message) => whileOpen('publishing', () => publisher.publish(type, message)),
    publishBatch: (type, messages) =>
      whileOpen('publishing', () => publisher.publishBatch(type, messages)),
    subscribe: (type, options, handler) =>
      whileOpen('subscribing', () => subscribe(type, options, handler)),
    close: async (options) => {
      open.subscribing = false;
      const early = [...subscriptions].map((each) => each.close(options));
      // A subscription may just be beginning.
      await Promise.allSettled([...early, ...underWay]);
      const late = [...subscriptions].map((each) => each.close(options));
      const reports = await Promise.all([...early, ...late]);
      open.publishing = false;
      await Promise.allSettled(underWay);
      link.close();
      return reports;
    },
  };
}
