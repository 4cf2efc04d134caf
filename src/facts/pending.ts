import {
  type ConsumerName,
  consumerName,
  type EntryId,
  entryId,
  type GroupName,
  listOf,
  type RedisLink,
  type StreamKey,
  textOf,
  WHICH_EXIST,
} from '../redis/index.js';

/** One delivered, unacknowledged entry of a group. */
export interface PendingEntry {
  readonly id: EntryId;
  readonly consumer: ConsumerName;
  /** Milliseconds since it was last delivered. */
  readonly idleMs: number;
  readonly deliveries: number;
}

export interface PendingFilter {
  readonly minIdleMs?: number;
  readonly consumer?: string;
  /** Only entries behind this id. */
  readonly after?: EntryId;
}

const PAGE = 1_000;

/**
 * The group's pending entries in ascending order, page by page, so that a million need no memory.
 * @throws {Error} NOGROUP when the stream or the group is missing
 */
export async function* pendingEntries(
  link: RedisLink,
  stream: StreamKey,
  group: GroupName,
  filter: PendingFilter = {},
): AsyncGenerator<readonly PendingEntry[]> {
  const idle = filter.minIdleMs === undefined ? [] : ['IDLE', filter.minIdleMs];
  const consumer = filter.consumer === undefined ? [] : [filter.consumer];
  let from = filter.after === undefined ? '-' : `(${filter.after}`;
  for (;;) {
    const reply = await link.command(
      'XPENDING',
      stream,
      group,
      ...idle,
      from,
      '+',
      PAGE,
      ...consumer,
    );
    const page = listOf(reply).map((row): PendingEntry => {
      const [id, name, idleMs, deliveries] = listOf(row);
      return {
        id: entryId(textOf(id)),
        consumer: consumerName(textOf(name)),
        idleMs: Number(idleMs),
        deliveries: Number(deliveries),
      };
    });
    const last = page.at(-1);
    if (last !== undefined) yield page;
    if (last === undefined || page.length < PAGE) return;
    from = `(${last.id}`;
  }
}

/** All pending entries of a group at once, for a handoff that needs every one of them. */
export async function allPending(
  link: RedisLink,
  stream: StreamKey,
  group: GroupName,
): Promise<readonly PendingEntry[]> {
  const all: PendingEntry[] = [];
  for await (const page of pendingEntries(link, stream, group)) all.push(...page);
  return all;
}

/** Which of these ids still have an entry; the others were trimmed or deleted: ghosts. */
export async function existingIds(
  link: RedisLink,
  stream: StreamKey,
  ids: readonly EntryId[],
): Promise<ReadonlySet<EntryId>> {
  const found = new Set<EntryId>();
  for (let i = 0; i < ids.length; i += PAGE) {
    const slice = ids.slice(i, i + PAGE);
    const answers = listOf(await link.script(WHICH_EXIST, [stream], slice));
    slice.forEach((id, at) => {
      if (answers[at] === 1) found.add(id);
    });
  }
  return found;
}
