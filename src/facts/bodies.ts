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
}

/** The newest entries of a stream, newest first. */
export async function newestEntries(
  link: RedisLink,
  stream: StreamKey,
  count: number,
): Promise<readonly Entry[]> {
  return entriesOf(await link.command('XREVRANGE', stream, '+', '-', 'COUNT', count));
}

/** One entry by its id, or null where it was trimmed or deleted. */
export async function entryBody(
  link: RedisLink,
  stream: StreamKey,
  id: EntryId,
): Promise<Entry | null> {
  return entriesOf(await link.command('XRANGE', stream, id, id))[0] ?? null;
}

function entriesOf(reply: Reply): readonly Entry[] {
  return listOf(reply).map((row) => {
    const [id, flat] = listOf(row);
    const texts = listOf(flat).map(textOf);
    const fields = new Map<string, string>();
    for (let i = 0; i + 1 < texts.length; i += 2) fields.set(texts[i] ?? '', texts[i + 1] ?? '');
    return { id: entryId(textOf(id)), fields };
  });
}
