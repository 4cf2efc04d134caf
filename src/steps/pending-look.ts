import {
  type Entry,
  entryBody,
  existingIds,
  type PendingEntry,
  type PendingFilter,
  pendingEntries,
} from '../facts/index.js';
import { PARKED_CONSUMER, readParkedBody } from '../handoff/index.js';
import type { Json } from '../problems/index.js';
import {
  type GroupName,
  groupName,
  isServerError,
  type RedisLink,
  type StreamKey,
  streamKey,
} from '../redis/index.js';

/** One pending entry, as `pending --json` shows it. */
export interface PendingRow {
  readonly id: string;
  readonly consumer: string;
  readonly idleMs: number;
  readonly deliveries: number;
  /** The entry is gone from the stream: nobody can handle it, unless its body was kept. */
  readonly ghost: boolean;
  /** Set aside by a handoff, waiting for `claim --exec` or `ack`. */
  readonly parked: boolean;
  /** The document of the message, its raw text where it is no JSON, null where there is none. */
  readonly message: Json;
}

export interface PendingOfGroup {
  readonly stream: string;
  readonly group: string;
  /** All pending entries of the group. */
  readonly pending: number;
  /** How many of them pass the filters. */
  readonly matching: number;
  /** The oldest that pass, as many as were asked for. */
  readonly entries: readonly PendingRow[];
}

export interface PendingSelection {
  readonly minIdleMs: number | null;
  readonly consumer: string | null;
  /** Only entries that are gone from the stream. */
  readonly ghost: boolean;
  /** How many are shown at most, of all groups together; those beyond are only counted. */
  readonly limit: number;
}

interface GroupAt {
  readonly stream: string;
  readonly group: string;
  readonly pending: number;
}

interface PendingContext {
  readonly redis: RedisLink;
  readonly stateDir: string;
}

/** Counts what is pending, page by page, and shows the first of it with its messages. */
export async function lookAtPending(
  context: PendingContext,
  groups: readonly GroupAt[],
  selection: PendingSelection,
): Promise<readonly PendingOfGroup[]> {
  const result: PendingOfGroup[] = [];
  let left = selection.limit;
  for (const at of groups) {
    const found = await chosenIn(context, at, selection, left);
    const entries: PendingRow[] = [];
    for (let i = 0; i < found.shown.length; i += AT_ONCE) {
      const some = found.shown.slice(i, i + AT_ONCE);
      entries.push(...(await Promise.all(some.map((entry) => rowOf(context, at, entry)))));
    }
    left -= entries.length;
    result.push({ ...at, matching: found.matching, entries });
  }
  return result;
}

/** Bodies asked for at the same time; each may be large. */
const AT_ONCE = 50;

async function chosenIn(
  { redis }: PendingContext,
  at: GroupAt,
  { minIdleMs, consumer, ghost }: PendingSelection,
  limit: number,
): Promise<{ matching: number; shown: readonly PendingEntry[] }> {
  const filter: PendingFilter = {
    ...(minIdleMs === null ? {} : { minIdleMs }),
    ...(consumer === null ? {} : { consumer }),
  };
  const countsAll = minIdleMs === null && consumer === null && !ghost;
  const stream = streamKey(at.stream);
  const shown: PendingEntry[] = [];
  let matching = 0;
  for await (const page of pagesOf(redis, stream, groupName(at.group), filter)) {
    const chosen = ghost ? await ghostsIn(redis, stream, page) : page;
    matching += chosen.length;
    shown.push(...chosen.slice(0, limit - shown.length));
    // Redis knows how many there are in all; only what passes a filter has to be counted.
    if (countsAll && shown.length >= limit) return { matching: at.pending, shown };
  }
  return { matching, shown };
}

/** A group that was removed meanwhile has nothing pending any more. */
async function* pagesOf(
  redis: RedisLink,
  stream: StreamKey,
  group: GroupName,
  filter: PendingFilter,
): AsyncGenerator<readonly PendingEntry[]> {
  try {
    yield* pendingEntries(redis, stream, group, filter);
  } catch (error) {
    if (!isServerError(error) || !error.message.startsWith('NOGROUP')) throw error;
  }
}

async function ghostsIn(
  redis: RedisLink,
  stream: StreamKey,
  page: readonly PendingEntry[],
): Promise<readonly PendingEntry[]> {
  const existing = await existingIds(
    redis,
    stream,
    page.map(({ id }) => id),
  );
  return page.filter(({ id }) => !existing.has(id));
}

async function rowOf(
  { redis, stateDir }: PendingContext,
  { stream, group }: GroupAt,
  entry: PendingEntry,
): Promise<PendingRow> {
  const body = await entryBody(redis, streamKey(stream), entry.id);
  const kept = body === null ? await keptFields(stateDir, stream, group, entry) : null;
  return {
    ...entry,
    ghost: body === null,
    parked: entry.consumer === PARKED_CONSUMER,
    message: messageOf(body?.fields ?? kept),
  };
}

async function keptFields(
  stateDir: string,
  stream: string,
  group: string,
  { id }: PendingEntry,
): Promise<Entry['fields'] | null> {
  try {
    const kept = await readParkedBody(stateDir, stream, group, id);
    return kept === null ? null : new Map(kept.fields);
  } catch {
    // A file that cannot be read leaves the entry without its message; the others are shown all the same.
    return null;
  }
}

/** The document of a message, its raw text where it is no JSON, null where there is none. */
export function messageOf(fields: Entry['fields'] | null): Json {
  if (fields === null) return null;
  const text = fields.get('data');
  if (text === undefined) return Object.fromEntries(fields);
  try {
    // What JSON.parse returns is JSON.
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
