import {
  allPending,
  existingIds,
  type GroupLook,
  groupIn,
  lookAtStream,
  type StreamLook,
} from '../facts/index.js';
import {
  type Capabilities,
  type EntryId,
  entryId,
  type GroupName,
  IDS_DOWN,
  listOf,
  type RedisLink,
  type StreamKey,
  textOf,
} from '../redis/index.js';
import type { GivingState, GroupState } from './turn-plan.js';

/** The two groups of one stream between which a module is handed over; equal for a settle. */
export interface StreamHandoff {
  readonly stream: StreamKey;
  readonly type: string;
  readonly giving: GroupName;
  readonly receiving: GroupName;
}

/** What both groups of a stream look like now. */
export interface StreamState {
  readonly handoff: StreamHandoff;
  readonly look: StreamLook;
  /** Null where the stream or the group is missing. */
  readonly giving: GivingState | null;
  readonly receiving: GroupState | null;
}

const TAIL_PAGE = 500;

/** @throws {OrionError} when Redis does not answer */
export async function readStreamState(
  link: RedisLink,
  capabilities: Capabilities,
  handoff: StreamHandoff,
): Promise<StreamState> {
  const look = await lookAtStream(link, capabilities, handoff.stream, { countCap: 0 });
  const giving = groupIn(look, handoff.giving);
  const receiving = handoff.giving === handoff.receiving ? null : groupIn(look, handoff.receiving);
  return {
    handoff,
    look,
    giving: giving === null ? null : await givingState(link, handoff.stream, giving),
    receiving:
      receiving === null
        ? null
        : {
            cursor: receiving.cursor,
            pending: await allPending(link, handoff.stream, receiving.name),
          },
  };
}

async function givingState(
  link: RedisLink,
  stream: StreamKey,
  group: GroupLook,
): Promise<GivingState> {
  const pending = await allPending(link, stream, group.name);
  const ids = pending.map((entry) => entry.id);
  return {
    cursor: group.cursor,
    pending,
    existing: await existingIds(link, stream, ids),
    tail: await tailOf(link, stream, group.cursor, new Set(ids)),
  };
}

/** Existing ids from the cursor downwards, until one is not pending. */
async function tailOf(
  link: RedisLink,
  stream: StreamKey,
  cursor: EntryId,
  pending: ReadonlySet<EntryId>,
): Promise<readonly EntryId[]> {
  const tail: EntryId[] = [];
  let from: string = cursor;
  for (;;) {
    const page = listOf(await link.script(IDS_DOWN, [stream], [from, TAIL_PAGE])).map((id) =>
      entryId(textOf(id)),
    );
    tail.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < TAIL_PAGE) return tail;
    if (page.some((id) => !pending.has(id))) return tail;
    from = `(${last}`;
  }
}
