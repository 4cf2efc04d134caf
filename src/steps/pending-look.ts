import {
  type Entry,
  entryBodies,
  existingIds,
  type PendingEntry,
  type PendingFilter,
  pendingEntries,
} from '../facts/index.js';
import { PARKED_CONSUMER, readParkedBody } from '../handoff/index.js';
import type { Json } from '../problems/index.js';
import {
  type EntryId,
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

export interface PendingSelection {
  readonly minIdleMs: number | null;
  readonly consumer: string | null;
  /** Only entries that are gone from the stream. */
  readonly ghost: boolean;
  /** Only entries behind this id. */
  readonly after: EntryId | null;
}

export interface GroupAt {
  readonly stream: string;
  readonly group: string;
  /** All pending entries of the group. */
  readonly pending: number;
}

/** A piece of what is pending in one group. */
export interface PendingPart {
  /** The next of the oldest entries that pass the filters, as far as they are shown. */
  readonly rows: readonly PendingRow[];
  /** How many passed the filters in this piece, shown or not. */
  readonly matching: number;
  /** How many were looked at in this piece. */
  readonly looked: number;
}

interface PendingContext {
  readonly redis: RedisLink;
  readonly stateDir: string;
}

/** Bodies held at the same time; each may be large. */
const AT_ONCE = 100;

/**
 * What is pending in a group, the oldest first, piece by piece, so that a million entries need no
 * memory: the first with their messages, those beyond the limit only counted.
 */
export async function* lookAtPending(
  context: PendingContext,
  at: GroupAt,
  selection: PendingSelection,
  limit: number,
): AsyncGenerator<PendingPart> {
  const { minIdleMs, consumer, ghost, after } = selection;
  const filter: PendingFilter = {
    ...(minIdleMs === null ? {} : { minIdleMs }),
    ...(consumer === null ? {} : { consumer }),
    ...(after === null ? {} : { after }),
  };
  const countsAll = minIdleMs === null && consumer === null && after === null && !ghost;
  const stream = streamKey(at.stream);
  let [left, counted] = [limit, 0];
  for await (const page of pagesOf(context.redis, stream, at.group, filter)) {
    const chosen = ghost ? await ghostsIn(context.redis, stream, page) : page;
    const shown = chosen.slice(0, left);
    left -= shown.length;
    for (let i = 0; i < shown.length; i += AT_ONCE) {
      const rows = await rowsOf(context, at, shown.slice(i, i + AT_ONCE));
      yield { rows, matching: rows.length, looked: 0 };
    }
    yield { rows: [], matching: chosen.length - shown.length, looked: page.length };
    counted += page.length;
    // Redis knows how many there are in all; only what passes a filter has to be counted.
    if (countsAll && left === 0) {
      return yield { rows: [], matching: Math.max(0, at.pending - counted), looked: 0 };
    }
  }
}

/** A group that was removed meanwhile has nothing pending any more. */
async function* pagesOf(
  redis: RedisLink,
  stream: StreamKey,
  group: string,
  filter: PendingFilter,
): AsyncGenerator<readonly PendingEntry[]> {
  try {
    yield* pendingEntries(redis, stream, groupName(group), filter);
  } catch (error) {
    if (!isServerError(error) || !error.message.startsWith('NOGROUP')) throw error;
  }
}

async function ghostsIn(
  redis: RedisLink,
  stream: StreamKey,
  page: readonly PendingEntry[],
): Promise<readonly PendingEntry[]> {
  const ids = page.map(({ id }) => id);
  const existing = await existingIds(redis, stream, ids);
  return page.filter(({ id }) => !existing.has(id));
}

async function rowsOf(
  { redis, stateDir }: PendingContext,
  { stream, group }: GroupAt,
  entries: readonly PendingEntry[],
): Promise<readonly PendingRow[]> {
  const ids = entries.map(({ id }) => id);
  const bodies = await entryBodies(redis, streamKey(stream), ids);
  const rows: PendingRow[] = [];
  for (const entry of entries) {
    const body = bodies.get(entry.id);
    const kept = body === undefined ? await keptFields(stateDir, stream, group, entry) : null;
    rows.push({
      ...entry,
      ghost: body === undefined,
      parked: entry.consumer === PARKED_CONSUMER,
      message: messageOf(body?.fields ?? kept),
    });
  }
  return rows;
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
