import { OrionError } from '../problems/index.js';
import {
  type EntryId,
  entryId,
  fieldsOf,
  type GroupName,
  isServerError,
  listOf,
  type RedisLink,
  type StreamKey,
  textOf,
} from '../redis/index.js';

/** Where a group begins that does not exist yet: after this entry, if it is an id. */
export type GroupStart = 'beginning' | 'tip' | EntryId;

const MOST_NAMED = 10;

/**
 * Makes sure that the group exists. One that does stays where it is; one that does not is created
 * only where the caller said from where: any guess would either repeat or lose messages.
 * @returns the group's cursor
 * @throws {OrionError} `group.missing` when it does not exist and no start was stated
 */
export async function joinGroup(
  link: RedisLink,
  stream: StreamKey,
  group: GroupName,
  start: GroupStart | null,
): Promise<EntryId> {
  const groups = await groupsOf(link, stream);
  const cursor = groups.get(group);
  if (cursor !== undefined) return cursor;
  if (start === null) throw missing(stream, group, [...groups.keys()]);
  const at = start === 'beginning' ? '0' : start === 'tip' ? '$' : start;
  try {
    await link.command('XGROUP', 'CREATE', stream, group, at, 'MKSTREAM');
  } catch (error) {
    // Somebody else created it in between, at a place of their choice.
    if (!isServerError(error) || !error.message.startsWith('BUSYGROUP')) throw error;
  }
  const created = (await groupsOf(link, stream)).get(group);
  if (created === undefined) throw missing(stream, group, []);
  return created;
}

async function groupsOf(link: RedisLink, stream: StreamKey): Promise<ReadonlyMap<string, EntryId>> {
  try {
    const groups = listOf(await link.command('XINFO', 'GROUPS', stream)).map(fieldsOf);
    return new Map(
      groups.map((fields) => [
        textOf(fields.get('name')),
        entryId(textOf(fields.get('last-delivered-id'))),
      ]),
    );
  } catch (error) {
    if (isServerError(error) && error.message.includes('no such key')) return new Map();
    throw error;
  }
}

function missing(stream: StreamKey, group: GroupName, others: readonly string[]): OrionError {
  const named = others.slice(0, MOST_NAMED).map((name) => JSON.stringify(name));
  const more = others.length > MOST_NAMED ? ', …' : '';
  return new OrionError({
    kind: 'groups',
    code: 'group.missing',
    message: `There is no group ${JSON.stringify(group)} on ${stream}.`,
    hint:
      named.length === 0
        ? 'The stream has no group. State where it is to start: beginning, tip or an entry id.'
        : `Its groups are ${named.join(', ')}${more}. State where a new one is to start: beginning, tip or an entry id.`,
    next: ['orion-bus groups'],
  });
}
