import {
  type EntryId,
  entryId,
  listOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  textOf,
} from '../redis/index.js';

/** One entry with its fields, as it stands in the stream. */
export interface Entry {
  readonly id: EntryId;
  readonly fields: ReadonlyMap<string, string>;
  /** The same in order; a name may stand there more than once. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** The newest entries of a stream, newest first. */
export async function newestEntries(
  link: RedisLink,
  stream: StreamKey,
  count: number,
): Promise<readonly Entry[]> {
  return entriesOf(await link.command('XREVRANGE', stream, '+', '-', 'COUNT', count));
}

/**
 * All entries of a stream, or those after an id, the oldest first, page by page; none where the
 * stream is missing.
 */
export async function* entriesFrom(
  link: RedisLink,
  stream: StreamKey,
  pageSize: number,
  after: EntryId | null = null,
): AsyncGenerator<readonly Entry[]> {
  let from = after === null ? '-' : `(${after}`;
  for (;;) {
    const page = entriesOf(await link.command('XRANGE', stream, from, '+', 'COUNT', pageSize));
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < pageSize) return;
    from = `(${last.id}`;
  }
}

/** One entry by its id, or null where it was trimmed or deleted. */
export async function entryBody(
  link: RedisLink,
  stream: StreamKey,
  id: EntryId,
): Promise<Entry | null> {
  return entriesOf(await link.command('XRANGE', stream, id, id))[0] ?? null;
}

/** Entries by their ids; those that are gone are not in the map. */
export async function entryBodies(
  link: RedisLink,
  stream: StreamKey,
  ids: readonly EntryId[],
): Promise<ReadonlyMap<EntryId, Entry>> {
  const replies = await link.pipeline(ids.map((id) => ['XRANGE', stream, id, id]));
  return new Map(replies.flatMap(entriesOf).map((entry) => [entry.id, entry]));
}

function entriesOf(reply: Reply): readonly Entry[] {
  return listOf(reply).map((row) => {
    const [id, flat] = listOf(row);
    const texts = listOf(flat).map(textOf);
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < texts.length; i += 2) pairs.push([texts[i] ?? '', texts[i + 1] ?? '']);
    return { id: entryId(textOf(id)), fields: new Map(pairs), pairs };
  });
}
