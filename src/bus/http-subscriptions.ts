import type { Contracts } from '../contracts/index.js';
import { type Clock, OrionError } from '../problems/index.js';
import {
  type ConsumerName,
  type EntryId,
  type GroupName,
  type RedisLink,
  streamOfType,
} from '../redis/index.js';
import { deadStreamOf } from './dead-letters.js';
import type { DeliveryFigures, DeliveryProblem, DeliverySource } from './delivery.js';
import { openDeliveries } from './delivery-source.js';
import type { GroupStart } from './group-start.js';

/*
 * The subscribers that are connected. A subscription is *joining* until its group is known and its
 * connection stands, *live* while its subscriber is there, *leaving* until its connection is gone.
 * All that time its consumer's name is taken: two with one name would be given each other's entries.
 * On a stop it reads no more, and what it holds can still be acknowledged until it is closed.
 */

export interface SubscriptionRequest {
  readonly type: string;
  readonly group: GroupName;
  readonly consumer: ConsumerName;
  readonly credit: number;
  readonly start: GroupStart | null;
  /** After this time without a sign of life one who holds messages is taken for gone, in milliseconds. */
  readonly patienceMs: number;
}

export interface Subscription {
  readonly request: SubscriptionRequest;
  readonly source: DeliverySource;
  /** In milliseconds of this host's clock. */
  readonly since: number;
  /** How long the subscriber has held messages without a sign of life, in milliseconds; 0 with none. */
  readonly silentMs: number;
  /** The subscriber has shown that it lives. */
  heard(): void;
  /** Ends it; its name is free afterwards. */
  leave(): Promise<void>;
}

export interface SubscriptionsOptions {
  readonly link: RedisLink;
  readonly contracts: Contracts;
  readonly prefix: string;
  /** Whether Redis is a cluster; asked when the first subscriber comes. */
  readonly clustered: () => Promise<boolean>;
  readonly minIdleMs: number;
  readonly maxDeliveries: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onProblem: (request: SubscriptionRequest, problem: DeliveryProblem) => void;
}

export interface SubscriptionLine extends DeliveryFigures {
  readonly type: string;
  readonly group: string;
  readonly consumer: string;
  readonly ageMs: number;
}

/** Leaves connections for publishers, acknowledgements and whoever asks how it stands. */
const MOST_SUBSCRIPTIONS = 64;
const LOOK_AGAIN_MS = 25;

export class HttpSubscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #live = new Set<Subscription>();
  /** The names in use, each with the end of its leaving where that has begun. */
  readonly #names = new Map<string, Promise<void> | null>();
  #stopping = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * @throws {OrionError} `subscription.taken`, `subscription.too-many`, `consumer.taken`, `group.start-needed`,
   * `redis.unreachable`, `redis.refused`, `bus.stopping`
   */
  async open(request: SubscriptionRequest): Promise<Subscription> {
    const { link, contracts, prefix, minIdleMs, maxDeliveries, clock, random } = this.#options;
    const { type, group, consumer } = request;
    const name = JSON.stringify([type, group, consumer]);
    // One who comes back at once need not be told that he is still here.
    await this.#names.get(name);
    if (this.#names.has(name)) throw taken(request);
    if (this.#names.size >= MOST_SUBSCRIPTIONS) throw tooMany();
    this.#names.set(name, null);
    const stream = streamOfType(prefix, type);
    let source: DeliverySource;
    try {
      source = await openDeliveries({
        ...{ link, contracts, minIdleMs, maxDeliveries, clock, random, ...request },
        stream,
        deadStream: deadStreamOf(stream, await this.#options.clustered()),
        onProblem: (problem) => this.#options.onProblem(request, problem),
      });
    } catch (error) {
      this.#names.delete(name);
      throw error;
    }
    const leave = async (): Promise<void> => {
      this.#live.delete(subscription);
      await source.close().finally(() => this.#names.delete(name));
    };
    let leaving: Promise<void> | null = null;
    let heardAt = clock.now();
    const subscription: Subscription = {
      request,
      source,
      since: heardAt,
      get silentMs() {
        return Math.min(clock.now() - heardAt, source.figures().oldestMs ?? 0);
      },
      heard: () => {
        heardAt = clock.now();
      },
      leave: () => {
        if (leaving === null) {
          leaving = leave();
          this.#names.set(name, leaving);
        }
        return leaving;
      },
    };
    this.#live.add(subscription);
    if (this.#stopping) await source.stop();
    return subscription;
  }

  list(): readonly SubscriptionLine[] {
    const now = this.#options.clock.now();
    return [...this.#live].map(({ request: { type, group, consumer }, source, since }) => ({
      ...{ type, group, consumer, ageMs: now - since },
      ...source.figures(),
    }));
  }

  /** Acknowledges entries of one group, whoever holds them. Those held give their credit back. */
  async acknowledge(type: string, group: GroupName, ids: readonly EntryId[]): Promise<number> {
    const { link, prefix } = this.#options;
    const rest = new Set(ids);
    let count = 0;
    for (const subscription of this.#of(type, group)) {
      const { source } = subscription;
      const held = [...rest].filter((id) => source.holds(id));
      if (held.length > 0) subscription.heard();
      count += await source.acknowledge(held);
      for (const id of held) rest.delete(id);
    }
    if (rest.size === 0) return count;
    const stream = streamOfType(prefix, type);
    return count + Number(await link.command('XACK', stream, group, ...rest));
  }

  /**
   * Those who hold these entries are at work on them.
   * @returns how many of them are held by a subscriber
   */
  working(type: string, group: GroupName, ids: readonly EntryId[]): number {
    let count = 0;
    for (const subscription of this.#of(type, group)) {
      const held = ids.filter((id) => subscription.source.holds(id));
      if (held.length > 0) subscription.heard();
      count += held.length;
    }
    return count;
  }

  #of(type: string, group: GroupName): readonly Subscription[] {
    return [...this.#live].filter(
      ({ request }) => request.type === type && request.group === group,
    );
  }

  /** Reads no more for anybody. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#live].map(({ source }) => source.stop()));
  }

  /**
   * Waits until everything held is acknowledged, or for the signal; then ends all subscriptions.
   * @returns what was left unacknowledged, subscription by subscription
   */
  async drain(signal: AbortSignal): Promise<readonly SubscriptionLine[]> {
    const open = (): readonly SubscriptionLine[] =>
      this.list().filter(({ unacknowledged }) => unacknowledged > 0);
    while (open().length > 0 && !signal.aborted) {
      await this.#options.clock.sleep(LOOK_AGAIN_MS, signal);
    }
    const left = open();
    await Promise.all([...this.#live].map((subscription) => subscription.leave()));
    return left;
  }
}

function taken({ type, group, consumer }: SubscriptionRequest): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'subscription.taken',
    message: `Consumer ${JSON.stringify(consumer)} of group ${JSON.stringify(group)} is subscribed to ${type} already.`,
    hint: 'Two with one name would be given each other’s messages: choose another, or end the other first.',
  });
}

function tooMany(): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'subscription.too-many',
    message: `The bus serves ${MOST_SUBSCRIPTIONS} subscriptions at most.`,
  });
}
