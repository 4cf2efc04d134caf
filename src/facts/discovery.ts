import {
  fieldsOf,
  isServerError,
  listOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  streamKey,
  textOf,
  typeOfStream,
} from '../redis/index.js';

/** A stream found under the prefix, and the groups on it. */
export interface FoundStream {
  readonly stream: StreamKey;
  readonly type: string;
  readonly groups: readonly string[];
}

/**
 * The streams that carry contract types: everything under the prefix but this tool's own keys and
 * the dead-letter streams, in the order of their names.
 */
export async function discoverStreams(
  link: RedisLink,
  prefix: string,
): Promise<readonly FoundStream[]> {
  const found = new Map<string, FoundStream>();
  let cursor = '0';
  do {
    const [next, keys] = listOf(
      await link.command(
        'SCAN',
        cursor,
        'MATCH',
        `${globEscaped(prefix)}:*`,
        'COUNT',
        500,
        'TYPE',
        'stream',
      ),
    );
    for (const key of listOf(keys).map(textOf)) {
      const type = typeOfStream(prefix, key);
      if (type === null || found.has(key)) continue;
      const groups = await groupNames(link, key);
      if (groups !== null) found.set(key, { stream: streamKey(key), type, groups });
    }
    cursor = textOf(next);
  } while (cursor !== '0');
  return [...found.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
}

/** Null where the stream is gone. */
async function groupNames(link: RedisLink, key: string): Promise<readonly string[] | null> {
  let reply: Reply;
  try {
    reply = await link.command('XINFO', 'GROUPS', key);
  } catch (error) {
    // Deleted between the two commands: then nothing is found there, which is the truth.
    if (isServerError(error) && /no such key/i.test(error.message)) return null;
    throw error;
  }
  return listOf(reply).map((group) => textOf(fieldsOf(group).get('name')));
}

function globEscaped(text: string): string {
  return text.replaceAll(/[[\]*?^\\]/g, '\\$&');
}
