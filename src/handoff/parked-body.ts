import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** Writes the bodies durably, each readable by its owner alone. */
export async function parkBodies(
  link: RedisLink,
  stateDir: string,
  stream: StreamKey,
  group: string,
  entries: readonly { id: EntryId; consumer: string; deliveries: number }[],
): Promise<void> {
  for (const entry of entries) {
    const [found] = listOf(await link.command('XRANGE', stream, entry.id, entry.id));
    if (found === undefined) continue;
    const flat = listOf(listOf(found)[1]).map(textOf);
    const fields = Array.from({ length: flat.length / 2 }, (_, i): readonly [string, string] => [
      flat[2 * i] ?? '',
      flat[2 * i + 1] ?? '',
    ]);
    await writeDurably(parkedPath(stateDir, stream, group, entry.id), {
      ...entry,
      stream,
      group,
      fields,
    });
  }
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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(body)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Redis allows any bytes in a name; a folder's name may hold no slash and must not be `.` or `..`. */
function asFileName(name: string): string {
  return name.replaceAll(/[/%\p{Cc}]|^\.+/gu, (found) =>
    [...found].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  );
}
