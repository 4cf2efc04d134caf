import {
  type Capabilities,
  type ConsumerName,
  consumerName,
  type EntryId,
  entryId,
  type Fields,
  fieldsOf,
  type GroupName,
  groupName,
  type Lag,
  LOOK,
  lagOf,
  listOf,
  numberOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  textOf,
} from '../redis/index.js';

/** Everything that Redis said about one stream at one instant of its own clock. */
export interface StreamLook {
  readonly stream: StreamKey;
  /** Milliseconds since 1970 by Redis's clock. */
  readonly atMs: number;
  /** `none` for a missing key, `other` for a key that is no stream. */
  readonly kind: 'stream' | 'none' | 'other';
  readonly length: number;
  readonly firstId: EntryId | null;
  readonly lastGeneratedId: EntryId;
  readonly maxDeletedId: EntryId | null;
  /** Null before Redis 7. */
  readonly entriesAdded: number | null;
  readonly groups: readonly GroupLook[];
}

export interface GroupLook {
  readonly name: GroupName;
  readonly cursor: EntryId;
  readonly entriesRead: number | null;
  readonly lag: Lag;
  readonly pending: number;
  readonly oldestPendingId: EntryId | null;
  readonly nextUndeliveredId: EntryId | null;
  readonly consumerCount: number;
  /** Empty where the group has more consumers than are worth asking for. */
  readonly consumers: readonly ConsumerLook[];
  readonly pendingByConsumer: ReadonlyMap<ConsumerName, number>;
}

export interface ConsumerLook {
  readonly name: ConsumerName;
  readonly pending: number;
  /** Since the last attempt to read (from Redis 7.2) or the last entry read (before). */
  readonly idleMs: number;
}

export interface LookOptions {
  /** Undelivered entries are counted up to here where no sure number is to be had. */
  readonly countCap: number;
}

/** Describing a group's consumers one by one blocks the server when there are very many. */
const MOST_CONSUMERS = 1_000;

/** @throws {OrionError} when Redis does not answer */
export async function lookAtStream(
  link: RedisLink,
  capabilities: Capabilities,
  stream: StreamKey,
  options: LookOptions,
): Promise<StreamLook> {
  const reply = listOf(
    await link.script(
      LOOK,
      [stream],
      [options.countCap, MOST_CONSUMERS, capabilities.exactLag ? 1 : 0],
    ),
  );
  const [seconds, micros, kind, info, groups] = reply;
  const atMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  if (kind !== 'stream') return missing(stream, atMs, kind === 'none' ? 'none' : 'other');
  const fields = fieldsOf(info);
  const look = {
    stream,
    atMs,
    kind: 'stream' as const,
    length: numberOf(fields.get('length')) ?? 0,
    firstId: idOf(fields.get('first-entry')),
    lastGeneratedId: entryId(textOf(fields.get('last-generated-id'))),
    maxDeletedId: idOf(fields.get('max-deleted-entry-id')),
    entriesAdded: numberOf(fields.get('entries-added')),
  };
  return {
    ...look,
    groups: listOf(groups).map((group) =>
      groupLook(look, listOf(group), options.countCap, capabilities.exactLag),
    ),
  };
}

/** The group of this name, or null. */
export function groupIn(look: StreamLook, name: string): GroupLook | null {
  return look.groups.find((group) => group.name === name) ?? null;
}

function groupLook(
  look: Omit<StreamLook, 'groups'>,
  [flat, summary, consumers, next, counted]: readonly Reply[],
  cap: number,
  reportedIsExact: boolean,
): GroupLook {
  const fields = fieldsOf(flat);
  const cursor = entryId(textOf(fields.get('last-delivered-id')));
  const [pending, oldest, , byConsumer] = listOf(summary);
  return {
    name: groupName(textOf(fields.get('name'))),
    cursor,
    entriesRead: numberOf(fields.get('entries-read')),
    lag: lagOf({
      cursor,
      length: look.length,
      firstId: look.firstId,
      lastGeneratedId: look.lastGeneratedId,
      reported: numberOf(fields.get('lag')),
      reportedIsExact,
      counted: counted === -1 ? null : numberOf(counted),
      cap,
    }),
    pending: numberOf(pending) ?? 0,
    oldestPendingId: idOf(oldest),
    nextUndeliveredId: idOf(next),
    consumerCount: numberOf(fields.get('consumers')) ?? 0,
    consumers: listOf(consumers).map((consumer) => consumerLook(fieldsOf(consumer))),
    pendingByConsumer: new Map(
      listOf(byConsumer).map((row) => {
        const [name, count] = listOf(row);
        return [consumerName(textOf(name)), Number(count)];
      }),
    ),
  };
}

function consumerLook(fields: Fields): ConsumerLook {
  return {
    name: consumerName(textOf(fields.get('name'))),
    pending: numberOf(fields.get('pending')) ?? 0,
    idleMs: numberOf(fields.get('idle')) ?? 0,
  };
}

function missing(stream: StreamKey, atMs: number, kind: 'none' | 'other'): StreamLook {
  return {
    stream,
    atMs,
    kind,
    length: 0,
    firstId: null,
    lastGeneratedId: entryId('0-0'),
    maxDeletedId: null,
    entriesAdded: null,
    groups: [],
  };
}

function idOf(reply: Reply | undefined): EntryId | null {
  const text = textOf(reply);
  return text === '' ? null : entryId(text);
}
