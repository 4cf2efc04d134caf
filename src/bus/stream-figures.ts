import type { Contracts } from '../contracts/index.js';
import {
  type Capabilities,
  type EntryId,
  entryId,
  type Fields,
  fieldsOf,
  isServerError,
  LOOK,
  lagAtLeast,
  lagOf,
  listOf,
  millisecondsOf,
  numberOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  streamOfType,
  textOf,
  trimmedUnread,
} from '../redis/index.js';
import { deadStreamOf } from './dead-letters.js';
import { OLDEST_PENDING } from './subscriber-scripts.js';

/** How the stream of one contract stands; null is unknown, which is never 0. */
export interface StreamFigures {
  readonly stream: StreamKey;
  readonly length: number;
  readonly lastGeneratedMs: number;
  readonly entriesAdded: number | null;
  readonly groupCount: number;
  readonly groups: readonly GroupFigures[];
  readonly deadLetters: number;
}

export interface GroupFigures {
  readonly group: string;
  readonly consumers: number;
  readonly pending: number;
  readonly lastDeliveredMs: number;
  readonly entriesRead: number | null;
  readonly lag: number | null;
  /** How many are certain where the lag is unknown. */
  readonly lagAtLeast: number;
  /** The most deliveries of any of the oldest pending entries; 0 where none is pending. */
  readonly maxDeliveries: number;
  /** How many of the oldest pending entries are gone from the stream. */
  readonly ghosts: number;
  /** Entries that are gone and that the group never read, as far as is to be seen now. */
  readonly trimmedUnread: number | null;
  readonly oldestPendingSeconds: number | null;
  readonly oldestUndeliveredSeconds: number | null;
}

/** Past the alert threshold of the daily check the exact number says nothing more. */
const COUNT_CAP = 1_001;
/** Groups are made by whoever reads: without a bound they would be the metrics' bound as well. */
const MOST_GROUPS = 50;
/** More of a pending list are not looked at one by one: the server does nothing else meanwhile. */
const OLDEST = 500;

/**
 * Looks at the streams of all contracts, one after the other, and at nothing else in this Redis.
 * @throws {OrionError} `redis.unreachable`
 */
export async function streamFigures(
  link: RedisLink,
  capabilities: Capabilities,
  prefix: string,
  contracts: Contracts,
): Promise<readonly StreamFigures[]> {
  const figures: StreamFigures[] = [];
  for (const type of contracts.types) {
    const stream = streamOfType(prefix, type);
    const dead = deadStreamOf(stream, capabilities.clustered);
    const args = [COUNT_CAP, 0, capabilities.exactLag ? 1 : 0];
    const [reply, deadLetters] = await Promise.all([
      link.script(LOOK, [stream], args),
      link.command('XLEN', dead),
    ]);
    const [seconds, micros, kind, info, groups] = listOf(reply);
    if (kind !== 'stream') continue;
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const listed = await Promise.all(
      listOf(groups)
        .slice(0, MOST_GROUPS)
        .map((group) =>
          groupFigures(
            link,
            stream,
            { now, info: fieldsOf(info), exact: capabilities.exactLag },
            listOf(group),
          ),
        ),
    );
    figures.push({
      ...streamOnly(stream, fieldsOf(info)),
      groupCount: listOf(groups).length,
      groups: listed,
      deadLetters: Number(deadLetters),
    });
  }
  return figures;
}

interface Instant {
  /** Milliseconds of Redis's clock. */
  readonly now: number;
  readonly info: Fields;
  /** Whether the server's own lag is right. */
  readonly exact: boolean;
}

function streamOnly(
  stream: StreamKey,
  info: Fields,
): Pick<StreamFigures, 'stream' | 'length' | 'lastGeneratedMs' | 'entriesAdded'> {
  return {
    stream,
    length: numberOf(info.get('length')) ?? 0,
    lastGeneratedMs: millisecondsOf(entryId(textOf(info.get('last-generated-id')))),
    entriesAdded: numberOf(info.get('entries-added')),
  };
}

async function groupFigures(
  link: RedisLink,
  stream: StreamKey,
  { now, info, exact }: Instant,
  [flat, summary, , nextId, count]: readonly Reply[],
): Promise<GroupFigures> {
  const fields = fieldsOf(flat);
  const name = textOf(fields.get('name'));
  const [pending, oldest] = listOf(summary);
  const evidence = {
    cursor: entryId(textOf(fields.get('last-delivered-id'))),
    entriesRead: numberOf(fields.get('entries-read')),
    length: numberOf(info.get('length')) ?? 0,
    firstId: idOf(info.get('first-entry')),
    lastGeneratedId: entryId(textOf(info.get('last-generated-id'))),
    maxDeletedId: idOf(info.get('max-deleted-entry-id')),
    entriesAdded: numberOf(info.get('entries-added')),
  };
  const lag = lagOf({
    ...evidence,
    reported: numberOf(fields.get('lag')),
    reportedIsExact: exact,
    counted: Number(count) < 0 ? null : Number(count),
    cap: COUNT_CAP,
  });
  const [maxDeliveries, ghosts] =
    Number(pending) === 0 ? [0, 0] : await oldestPending(link, stream, name);
  return {
    group: name,
    consumers: numberOf(fields.get('consumers')) ?? 0,
    pending: numberOf(pending) ?? 0,
    maxDeliveries,
    ghosts,
    lastDeliveredMs: millisecondsOf(evidence.cursor),
    entriesRead: evidence.entriesRead,
    lag: lag.known ? lag.value : null,
    lagAtLeast: lagAtLeast(lag),
    trimmedUnread: trimmedUnread(evidence),
    oldestPendingSeconds: ageOf(now, oldest),
    oldestUndeliveredSeconds: ageOf(now, nextId),
  };
}

/** @returns the most deliveries, and how many entries are gone; a group that has just gone has neither */
async function oldestPending(
  link: RedisLink,
  stream: StreamKey,
  group: string,
): Promise<readonly [number, number]> {
  try {
    const [deliveries, ghosts] = listOf(
      await link.script(OLDEST_PENDING, [stream], [group, OLDEST]),
    );
    return [Number(deliveries), Number(ghosts)];
  } catch (error) {
    if (isServerError(error)) return [0, 0];
    throw error;
  }
}

function ageOf(now: number, id: Reply | undefined): number | null {
  const known = idOf(id);
  return known === null ? null : Math.max(0, (now - millisecondsOf(known)) / 1_000);
}

function idOf(reply: Reply | undefined): EntryId | null {
  const text = textOf(reply);
  return text === '' ? null : entryId(text);
}
