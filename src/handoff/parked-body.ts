import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type EntryId, listOf, type RedisLink, type StreamKey, textOf } from '../redis/index.js';

/*
 * The body of a moved entry is kept in a file of its own before it is moved: trimming may take the
 * entry long before an operator comes to settle it.
 */

export interface ParkedBody {
  readonly stream: string;
  readonly group: string;
  readonly id: string;
  readonly consumer: string;
  readonly deliveries: number;
  /** Field names and values of the entry, in order. */
  readonly fields: readonly (readonly [string, string])[];
}

/** Where the body of one entry lies. */
export function parkedPath(stateDir: string, stream: string, group: string, id: EntryId): string {
  return join(stateDir, 'parked', asFileName(stream), asFileName(group), `${id}.json`);
}

/** Many at a time, since the module is down meanwhile; few enough that their bodies fit in memory. */
const AT_ONCE = 64;

/** Writes the bodies durably, each readable by its owner alone. */
export async function parkBodies(
  link: RedisLink,
  stateDir: string,
  stream: StreamKey,
  group: string,
  entries: readonly { id: EntryId; consumer: string; deliveries: number }[],
): Promise<void> {
  if (entries.length === 0) return;
  const folder = join(stateDir, 'parked', asFileName(stream), asFileName(group));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let i = 0; i < entries.length; i += AT_ONCE) {
    const slice = entries.slice(i, i + AT_ONCE);
    const replies = await link.pipeline(slice.map(({ id }) => ['XRANGE', stream, id, id]));
    await Promise.all(
      slice.map(async ({ id, consumer, deliveries }, at) => {
        const [found] = listOf(replies[at]);
        if (found === undefined) return;
        const fields = fieldsInOrder(listOf(listOf(found)[1]).map(textOf));
        const body: ParkedBody = { id, consumer, deliveries, stream, group, fields };
        await writeDurably(parkedPath(stateDir, stream, group, id), body);
      }),
    );
  }
  // A name is only kept through a power cut once its folder is.
  await syncFolder(folder);
}

/** The kept body, or null where none was kept. */
export async function readParkedBody(
  stateDir: string,
  stream: string,
  group: string,
  id: EntryId,
): Promise<ParkedBody | null> {
  try {
    // The file is this tool's own, private to its user; a damaged one throws where it is parsed.
    return JSON.parse(
      await readFile(parkedPath(stateDir, stream, group, id), 'utf8'),
    ) as ParkedBody;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function writeDurably(path: string, body: ParkedBody): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(body)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function fieldsInOrder(flat: readonly string[]): ParkedBody['fields'] {
  return Array.from({ length: flat.length / 2 }, (_, i): readonly [string, string] => [
    flat[2 * i] ?? '',
    flat[2 * i + 1] ?? '',
  ]);
}

/** Redis allows any bytes in a name; a folder's name may hold no slash and must not be `.` or `..`. */
function asFileName(name: string): string {
  return name.replaceAll(/[/%\p{Cc}]|^\.+/gu, (found) =>
    [...found].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  );
}
