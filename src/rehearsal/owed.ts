import type { Clock } from '../problems/index.js';
import {
  type EntryId,
  entryId,
  fieldsOf,
  listOf,
  numberOf,
  type RedisLink,
  textOf,
} from '../redis/index.js';

/** A group on a stream, by the names they have in Redis. */
export interface GroupAt {
  readonly stream: string;
  readonly group: string;
}

const PAGE = 10_000;
/** Longer than a read blocks and a module takes to start: whoever is still to move has moved. */
const STALLED_MS = 5_000;

/**
 * Waits until none of the groups owes anything, or until nothing has moved for 5 s. One MULTI looks
 * at all of them: where at one moment nobody has a message in hand and no message waits, no module
 * can publish another one either.
 * @returns false when something is still owed: a module is down, or a dead process left it pending
 */
export async function waitUntilNothingOwed(
  redis: RedisLink,
  groups: readonly GroupAt[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<boolean> {
  let before = '';
  let movedAt = clock.now();
  while (!signal.aborted && clock.now() - movedAt < STALLED_MS) {
    const standings = await look(redis, groups);
    if (standings.every(({ pending, cursor, end }) => pending === 0 && cursor === end)) return true;
    const now = JSON.stringify(standings);
    if (now !== before) movedAt = clock.now();
    before = now;
    await clock.sleep(50, signal);
  }
  return false;
}

interface Standing {
  readonly pending: number | null;
  readonly cursor: string | null;
  readonly end: string;
}

async function look(redis: RedisLink, groups: readonly GroupAt[]): Promise<readonly Standing[]> {
  const replies = await redis.transaction(
    groups.flatMap(({ stream }) => [
      ['xinfo', 'STREAM', stream],
      ['xinfo', 'GROUPS', stream],
    ]),
  );
  return groups.map(({ group }, index) => {
    const found = listOf(replies[2 * index + 1])
      .map(fieldsOf)
      .find((fields) => fields.get('name') === group);
    return {
      pending: numberOf(found?.get('pending')),
      cursor: found === undefined ? null : textOf(found.get('last-delivered-id')),
      end: textOf(fieldsOf(replies[2 * index]).get('last-generated-id')),
    };
  });
}

/** The entries a group still has to get done: pending, or after its cursor. */
export async function owedBy(
  redis: RedisLink,
  { stream, group }: GroupAt,
): Promise<ReadonlySet<EntryId>> {
  const groups = listOf(await redis.command('XINFO', 'GROUPS', stream)).map(fieldsOf);
  const cursor = textOf(
    groups.find((fields) => fields.get('name') === group)?.get('last-delivered-id'),
  );
  if (cursor === '') return new Set();
  const [pending, undelivered] = await redis.transaction([
    ['xpending', stream, group, '-', '+', PAGE],
    ['xrange', stream, `(${cursor}`, '+', 'COUNT', PAGE],
  ]);
  const ids = [...listOf(pending), ...listOf(undelivered)].map((item) => textOf(listOf(item)[0]));
  return new Set(ids.map(entryId));
}
