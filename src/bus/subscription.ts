import type { EntryId, StreamKey } from '../redis/index.js';
import type { GroupStart } from './group-start.js';
import type { MessageOf } from './message-of.js';

/*
 * What a subscriber gives and is given. An entry is *delivered* when it is handed to the handler, and
 * *settled* when it needs nothing more from its group: acknowledged, or moved to the dead letters.
 */

/**
 * Does the work a message asks for. When it resolves the message is acknowledged; when it rejects the
 * message stays pending and is delivered again later, until `maxDeliveries`. A message may come twice
 * when a process or a connection died in between: `delivery.id` tells. Once `delivery.signal` is aborted
 * nothing is acknowledged any more, however the handler ends.
 */
export type Handler<Type extends string> = (
  message: MessageOf<Type>,
  delivery: Delivery,
) => Promise<void>;

export interface Delivery {
  readonly id: EntryId;
  readonly stream: StreamKey;
  /** How often Redis has delivered this entry, this time included: 1 for one that is new. */
  readonly deliveries: number;
  /** The message as it stands in the entry; a number in it may have more digits than JavaScript keeps. */
  readonly text: string;
  /** Aborted when another consumer has taken the entry over, or the time for draining is up. */
  readonly signal: AbortSignal;
}

export interface SubscribeOptions {
  readonly group: string;
  /**
   * Names this consumer within its group, and must stay the same over restarts: what it left pending is
   * found by it. `<host name>-<type>` when left out, so a second one on the host needs a name.
   */
  readonly consumer?: string;
  /**
   * Where a group begins that does not exist yet: with the oldest entry, after the newest, or after the
   * entry of this id. An existing group goes on where it is.
   */
  readonly start?: GroupStart;
  /** How many messages are handled at the same time; 1 when left out, which keeps them in order. */
  readonly concurrency?: number;
  /**
   * How many entries are in hand at most that were read anew, and as many again that were found pending;
   * 10 when left out, and never less than `concurrency`.
   */
  readonly credit?: number;
  /** How long one read waits for entries, in milliseconds; 2,000 when left out, 60,000 at most. */
  readonly blockMs?: number;
  /** After how long without a sign of life an entry is taken from its consumer, in milliseconds; 60,000. */
  readonly minIdleMs?: number;
  /** How often an entry is delivered before it goes to the dead letters; 5 when left out. */
  readonly maxDeliveries?: number;
  /** The wait after a first failure, in milliseconds; it doubles up to 30 s. 1,000 when left out. */
  readonly retryMs?: number;
  /** Whether entries of consumers that are gone are taken over; true when left out. */
  readonly claim?: boolean;
  /** Told of what went wrong, at most once in 30 s for each kind; a process warning when left out. */
  readonly onProblem?: (problem: SubscriptionProblem) => void;
}

/** Something went wrong and is being dealt with; a subscription never ends by itself. */
export interface SubscriptionProblem {
  /** Such as `handler.failed`, `entry.dead`, `entry.ghost`, `group.made-again`, `redis.lost`. */
  readonly code: ProblemCode;
  /** One sentence without any payload. */
  readonly message: string;
  readonly entry: EntryId | null;
  /** How many of this kind have not been told since the last one was. */
  readonly suppressed: number;
  readonly cause: unknown;
}

export type ProblemCode =
  | 'consumer.unchecked'
  | 'contract.missing'
  | 'entry.dead'
  | 'entry.ghost'
  | 'entry.not-dead-lettered'
  | 'entry.lost'
  | 'group.made-again'
  | 'handler.failed'
  | 'redis.lost'
  | 'redis.refused';

/**
 * *recovering*: connects, and looks for what this consumer has pending from before. *reading*: takes
 * entries. *waiting*: something is wrong with Redis or the group; tries again by itself. *draining*:
 * reads nothing any more, finishes what is in hand. *closed*: done.
 */
export type SubscriptionState = 'recovering' | 'reading' | 'waiting' | 'draining' | 'closed';

export interface SubscriptionStats {
  /** Entries in hand now: those queued, being handled, waiting to be tried again, being settled. */
  readonly inHand: number;
  readonly running: number;
  readonly waiting: number;
  /** How often a handler was begun. */
  readonly delivered: number;
  /** How many were acknowledged after their handler. */
  readonly handled: number;
  /** How often a handler failed. */
  readonly failed: number;
  readonly deadLettered: number;
  /** Taken over from other consumers. */
  readonly claimed: number;
  /** Pending entries that had been trimmed or deleted before they could be delivered: lost messages. */
  readonly ghosts: number;
  /** Entries that were another's, or nobody's, when they were to be settled. */
  readonly lost: number;
  /** How often the reading connection had to be made again. */
  readonly reconnects: number;
  /** How many of these because no answer came in time. */
  readonly overdue: number;
  readonly groupsMade: number;
}

export interface CloseReport {
  /** True when everything in hand was finished in time. */
  readonly drained: boolean;
  /** Handlers that had not ended when time was up; their signals are aborted. */
  readonly running: number;
  /** What this subscription had in hand and left pending in its group, oldest first. */
  readonly pending: readonly EntryId[];
  /** Handled, but Redis has not confirmed the acknowledgement: these may be handled again. */
  readonly unconfirmed: readonly EntryId[];
}

export interface CloseOptions {
  /** How long what is in hand may take, in milliseconds; 10,000 when left out. */
  readonly drainMs?: number;
}

export interface Subscription {
  readonly type: string;
  readonly stream: StreamKey;
  readonly group: string;
  readonly consumer: string;
  readonly state: SubscriptionState;
  stats(): SubscriptionStats;
  /** Resolves when the subscription is closed; it never rejects. */
  readonly closed: Promise<CloseReport>;
  /** Stops reading, finishes what is in hand, tells what is left. A second call can only hurry the first. */
  close(options?: CloseOptions): Promise<CloseReport>;
}
