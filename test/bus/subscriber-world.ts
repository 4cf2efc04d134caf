import type {
  Bus,
  EntryId,
  ProblemCode,
  SubscribeOptions,
  Subscription,
  SubscriptionProblem,
} from '../../src/bus/index.js';
import { type CuttingProxy, startProxy } from '../support/cutting-proxy.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { eventOf, numberIn, openBus, pendingIn, quick } from './subscriber-fixture.js';

/** A publisher with a way of its own to Redis, and a consumer behind a proxy that can fail. */
export interface World {
  readonly redis: TestRedis;
  readonly proxy: CuttingProxy;
  /** The consumer's. */
  readonly bus: Bus;
  /** What the consumer handled: the number in the message, and how often it was delivered. */
  readonly seen: [number, number][];
  readonly problems: ProblemCode[];
  /** For the option `onProblem`. */
  readonly note: (problem: SubscriptionProblem) => void;
  /** Handles and remembers whatever comes. */
  subscribe(options?: Partial<SubscribeOptions>): Promise<Subscription>;
  publish(n: number): Promise<EntryId>;
  numbers(): number[];
  /** Whether nothing is pending in the group. */
  settled(): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const redis = await startRedis();
  const proxy = await startProxy(redis);
  const publisher = await openBus(redis);
  const bus = await openBus(redis, proxy.url);
  const seen: [number, number][] = [];
  const problems: ProblemCode[] = [];
  const note = ({ code }: SubscriptionProblem): void => void problems.push(code);
  return {
    ...{ redis, proxy, bus, seen, problems, note },
    subscribe: (options = {}) =>
      bus.subscribe('event', { ...quick, onProblem: note, ...options }, async (event, delivery) => {
        seen.push([numberIn(event), delivery.deliveries]);
      }),
    publish: (n) => publisher.publish('event', eventOf({ n })),
    numbers: () => seen.map(([n]) => n),
    settled: async () => (await pendingIn(redis.link)) === 0,
    stop: async () => {
      await Promise.all([bus.close({ drainMs: 0 }), publisher.close()]);
      await proxy.close();
      await redis.stop();
    },
  };
}

export const reading = (subscription: Subscription) => () => subscription.state === 'reading';
