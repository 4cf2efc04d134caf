import { randomUUID } from 'node:crypto';
import type { Contracts } from '../contracts/index.js';
import { type Clock, OrionError, systemClock } from '../problems/index.js';
import {
  isEntryId,
  isServerError,
  pairsOf,
  type RedisLink,
  streamOfType,
  textOf,
} from '../redis/index.js';
import { Bell } from './bell.js';
import { checkName, defaultConsumer, readerName } from './consumer-name.js';
import type { AnyHandler } from './courier.js';
import { deadStreamOf } from './dead-letters.js';
import { GroupMember, type GroupPlace } from './group-member.js';
import { joinGroup } from './group-start.js';
import { InHand } from './in-hand.js';
import type { MessageOf } from './message-of.js';
import { ProblemReport } from './problem-report.js';
import { unknownContract, writeRefused } from './publish-errors.js';
import { ReadingConnection } from './reading-connection.js';
import { Subscriber } from './subscriber.js';
import type {
  Handler,
  SubscribeOptions,
  Subscription,
  SubscriptionProblem,
} from './subscription.js';
import { emptyTally, type Limits, type Workplace } from './workplace.js';

export interface SubscriptionContext {
  /** For everything but reading, which has a connection of its own; not closed by the subscription. */
  readonly link: RedisLink;
  readonly contracts: Contracts;
  /** The first part of every stream's key, such as `orion`. */
  readonly prefix: string;
  readonly clock?: Clock;
  /** From 0 up to 1; `Math.random` when left out. */
  readonly random?: () => number;
}

/**
 * Begins to consume the messages of a type. Errors are those of the beginning only: once begun, a
 * subscription goes on until it is closed, and tells of trouble by `onProblem`.
 * @throws {OrionError} `contract.unknown`; `subscribe.option`; `group.start-needed` where the group does
 * not exist and no `start` is given; `consumer.taken` where another reads under this name;
 * `redis.unreachable`, `redis.refused`, `redis.write-refused`, `redis.out-of-memory`
 */
export async function openSubscription<Type extends string>(
  context: SubscriptionContext,
  type: Type,
  options: SubscribeOptions,
  handler: Handler<Type>,
): Promise<Subscription> {
  const { link, contracts, clock = systemClock, random = Math.random } = context;
  const limits = limitsOf(options);
  if (contracts.get(type) === null) throw unknownContract(type);
  const place = await placeOf(context, type, options);
  const where = `the group ${place.group} on ${place.stream}`;
  const cursor = await asProblem(where, () =>
    joinGroup(new GroupMember(link, place), options.start ?? null),
  );
  const hands = new InHand(cursor);
  const token = randomUUID();
  const connection = {
    ...{ commands: link, blockMs: limits.blockMs, clock },
    name: readerName(place, token),
  };
  const work: Workplace = {
    member: new GroupMember(link, place, () => hands.unfinished),
    hands,
    tally: emptyTally(),
    problems: new ProblemReport(options.onProblem ?? warn, clock),
    bell: new Bell(clock),
    ...{ clock, random, limits },
  };
  const first = await ReadingConnection.open(connection);
  try {
    const checked = await checkName(link, place, { id: first.id, token, blockMs: limits.blockMs });
    if (!checked) {
      const message = `Whether another reads as consumer ${place.consumer} cannot be seen: CLIENT LIST is refused.`;
      work.problems.report('consumer.unchecked', message);
    }
  } catch (error) {
    first.close();
    throw error;
  }
  const checkedHandler: AnyHandler = (message, delivery) =>
    // It fits the contract of this type, and the types are made from the contracts.
    handler(message as MessageOf<Type>, delivery);
  const subscriber = new Subscriber({
    ...{ work, type, contracts, connection },
    handler: checkedHandler,
  });
  subscriber.start(first);
  return subscriber;
}

async function placeOf(
  { link, prefix }: SubscriptionContext,
  type: string,
  { group, consumer = defaultConsumer(type) }: SubscribeOptions,
): Promise<GroupPlace> {
  if (group === '') throw unusable('group', 'is empty');
  if (consumer === '') throw unusable('consumer', 'is empty');
  const stream = streamOfType(prefix, type);
  const cluster = await link.command('INFO', 'cluster').catch((error: unknown) => {
    // A server that keeps INFO to itself is taken for a single one.
    if (isServerError(error)) return '';
    throw error;
  });
  const clustered = pairsOf(textOf(cluster), /\r?\n/, ':').get('cluster_enabled') === '1';
  return { stream, group, consumer, deadStream: deadStreamOf(stream, clustered) };
}

async function asProblem<Result>(where: string, effect: () => Promise<Result>): Promise<Result> {
  try {
    return await effect();
  } catch (error) {
    throw isServerError(error) ? writeRefused(where, error) : error;
  }
}

function limitsOf(options: SubscribeOptions): Limits {
  const { start } = options;
  if (start !== undefined && start !== 'beginning' && start !== 'tip' && !isEntryId(start)) {
    throw unusable('start', 'is neither `beginning` nor `tip` nor an entry id');
  }
  const concurrency = whole('concurrency', options.concurrency ?? 1, 1, 10_000);
  return {
    concurrency,
    credit: Math.max(concurrency, whole('credit', options.credit ?? 10, 1, 10_000)),
    // BLOCK 0 would be for ever.
    blockMs: whole('blockMs', options.blockMs ?? 2_000, 1, 60_000),
    minIdleMs: whole('minIdleMs', options.minIdleMs ?? 60_000, 100, 86_400_000),
    maxDeliveries: whole('maxDeliveries', options.maxDeliveries ?? 5, 1, 1_000_000),
    retryMs: whole('retryMs', options.retryMs ?? 1_000, 1, 3_600_000),
    claim: options.claim ?? true,
  };
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw unusable(name, `is ${value}, not a whole number from ${least} to ${most}`);
}

function unusable(name: string, why: string): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'subscribe.option',
    message: `The option \`${name}\` of a subscription ${why}.`,
    hint: 'Nothing was read.',
  });
}

function warn({ message, code, suppressed }: SubscriptionProblem): void {
  const more = suppressed === 0 ? '' : ` (and ${suppressed} more like it before)`;
  process.emitWarning(`${message}${more}`, { type: 'OrionBusWarning', code });
}
