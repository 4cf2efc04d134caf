import { listOf, type RedisLink, textOf } from '../../src/redis/index.js';

/* What a group owes, by brute force: every entry and every pending id is listed and compared. */

export interface Standing {
  readonly cursor: string;
  /** Pending ids in order, also of entries that are gone. */
  readonly pending: readonly PendingRow[];
  /** Existing entries that are pending or lie after the cursor. */
  readonly owed: readonly string[];
  /** Pending ids whose entry is gone. */
  readonly ghosts: readonly string[];
}

export interface PendingRow {
  readonly id: string;
  readonly consumer: string;
  readonly deliveries: number;
}

/** Null where the stream or the group does not exist. */
export async function standingOf(
  link: RedisLink,
  stream: string,
  group: string,
): Promise<Standing | null> {
  if ((await link.command('EXISTS', stream)) === 0) return null;
  // No transaction: with memory full the server queues no commands.
  const [groups, entries] = await link.pipeline([
    ['XINFO', 'GROUPS', stream],
    ['XRANGE', stream, '-', '+'],
  ]);
  const found = listOf(groups)
    .map(listOf)
    .find((fields) => fields[fields.indexOf('name') + 1] === group);
  if (found === undefined) return null;
  const cursor = textOf(found[found.indexOf('last-delivered-id') + 1]);
  const rows = listOf(await link.command('XPENDING', stream, group, '-', '+', 100_000));
  const pending = rows.map((row) => {
    const [id, consumer, , deliveries] = listOf(row);
    return { id: textOf(id), consumer: textOf(consumer), deliveries: Number(deliveries) };
  });
  const existing = listOf(entries).map((entry) => textOf(listOf(entry)[0]));
  const alive = new Set(existing);
  const inHand = new Set(pending.map(({ id }) => id));
  return {
    cursor,
    pending,
    owed: existing.filter((id) => inHand.has(id) || isAfter(id, cursor)),
    ghosts: pending.map(({ id }) => id).filter((id) => !alive.has(id)),
  };
}

function isAfter(id: string, cursor: string): boolean {
  const [aMs = 0n, aSeq = 0n] = id.split('-').map(BigInt);
  const [bMs = 0n, bSeq = 0n] = cursor.split('-').map(BigInt);
  return aMs > bMs || (aMs === bMs && aSeq > bSeq);
}
