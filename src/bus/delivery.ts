import type { Contracts } from '../contracts/index.js';
import type { Clock, Json } from '../problems/index.js';
import type { ConsumerName, EntryId, GroupName, RedisLink, StreamKey } from '../redis/index.js';
import type { GroupStart } from './group-start.js';

/*
 * What a source of entries is given and what it gives. An entry is *held* from the read that brought
 * it to its acknowledgement; credit bounds what is held.
 */

export interface Delivery {
  readonly id: EntryId;
  /** The message as it stands in the entry. */
  readonly text: string;
  readonly message: Json;
  /** 1 for the first time. */
  readonly deliveries: number;
  /** When it was published, in milliseconds of this host's clock: the offset to Redis's is taken out. */
  readonly publishedAt: number;
}

export interface DeliverySourceOptions {
  /** For everything but reading, which has a duplicate of its own; stays open. */
  readonly link: RedisLink;
  readonly contracts: Contracts;
  readonly type: string;
  readonly stream: StreamKey;
  readonly deadStream: StreamKey;
  readonly group: GroupName;
  readonly consumer: ConsumerName;
  /** The most unacknowledged entries. */
  readonly credit: number;
  /** Where a group begins that does not exist; null refuses such a group. */
  readonly start: GroupStart | null;
  /** After this time without a sign of life an entry is anybody's, in milliseconds. */
  readonly minIdleMs: number;
  readonly maxDeliveries: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onProblem: (problem: DeliveryProblem) => void;
}

export type DeliveryProblem =
  | { readonly kind: 'lost'; readonly problem: string }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'regrouped'; readonly cursor: string }
  | DeadLetterProblem
  /** It could not be moved to the dead letters; it stays pending and is tried again later. */
  | { readonly kind: 'not-moved'; readonly id: EntryId; readonly problem: string }
  | { readonly kind: 'ownership-lost'; readonly ids: readonly EntryId[] }
  | { readonly kind: 'ghosts'; readonly ids: readonly EntryId[] };

export interface DeadLetterProblem {
  readonly kind: 'dead-letter';
  readonly id: EntryId;
  readonly deliveries: number;
  readonly reason: string;
  /** Whether it is no message of its contract, as opposed to one delivered too often. */
  readonly contract: boolean;
}

export interface DeliveryFigures {
  readonly credit: number;
  /** Read for this consumer and not acknowledged. */
  readonly unacknowledged: number;
  /** How long the oldest of these has been held, null where there is none. */
  readonly oldestMs: number | null;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly connected: boolean;
}

export interface DeliverySource {
  /**
   * The next entry, as soon as there is one and credit for it. For one caller at a time.
   * @returns null when stopped and nothing read is left, or when told to give up waiting
   * @throws {OrionError} `contract.unknown` when the contract was taken away meanwhile
   */
  next(signal: AbortSignal): Promise<Delivery | null>;
  /** One that has been read already, or null; handed out as by `next`. */
  ready(): Delivery | null;
  holds(id: EntryId): boolean;
  /** @returns how many were pending */
  acknowledge(ids: readonly EntryId[]): Promise<number>;
  figures(): DeliveryFigures;
  /** Reads no more, and waits until Redis delivers no more. */
  stop(): Promise<void>;
  close(): Promise<void>;
}
