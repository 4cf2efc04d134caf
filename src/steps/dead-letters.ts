import { deadStreamOf } from '../bus/index.js';
import { type Entry, entriesFrom, existingIds } from '../facts/index.js';
import { fenced } from '../handoff/index.js';
import type { Json } from '../problems/index.js';
import {
  DROP_DEAD,
  type EntryId,
  entryId,
  isEntryId,
  ownKeys,
  REVIVE_DEAD,
  type RedisLink,
  type StreamKey,
  textOf,
} from '../redis/index.js';
import { CLAIM_CONSUMER } from './claim-entries.js';
import { type ClaimTally, noteFailure } from './claim-tally.js';
import { type Change, changed } from './pending-changes.js';
import { messageOf } from './pending-look.js';
import { type MessageCommand, runOnMessage } from './run-on-message.js';

/** A message that no consumer of a group could handle, as it lies in the stream of dead letters. */
export interface DeadLetter {
  /** In the stream of dead letters. */
  readonly id: EntryId;
  readonly stream: StreamKey;
  readonly group: string;
  /** In the stream it came from. */
  readonly originalId: EntryId;
  readonly deliveries: number;
  readonly reason: string;
  /** When it was moved, milliseconds of Redis's clock. */
  readonly atMs: number;
  /** The fields of the original entry. */
  readonly fields: ReadonlyMap<string, string>;
}

interface DeadContext {
  readonly redis: RedisLink;
  readonly clustered: boolean;
}

type DeadClaiming = Change & DeadContext & { readonly tally: ClaimTally };

/** Bodies come with every entry, and each may be large. */
const PAGE = 100;

/**
 * The dead letters of a stream, the oldest first, page by page. What somebody else wrote there and is
 * no dead letter is passed over.
 * @param group only of this group; null for all
 */
export async function* deadLetters(
  { redis, clustered }: DeadContext,
  stream: StreamKey,
  group: string | null,
): AsyncGenerator<readonly DeadLetter[]> {
  for await (const page of entriesFrom(redis, deadStreamOf(stream, clustered), PAGE)) {
    yield page
      .map((entry) => deadLetterOf(stream, entry))
      .filter((dead): dead is DeadLetter => dead !== null && (group ?? dead.group) === dead.group);
  }
}

/** One dead letter, as `pending --dead --json` shows it. */
export interface DeadRow {
  /** Of the dead letter itself. */
  readonly id: string;
  readonly stream: string;
  readonly group: string;
  readonly originalId: string;
  readonly deliveries: number;
  readonly reason: string;
  /** When it was given up, ISO 8601 by Redis's clock. */
  readonly at: string;
  /** The original entry is still in its stream, so that it can be put back. */
  readonly revivable: boolean;
  readonly message: Json;
}

/** The rows of some dead letters of one stream. */
export async function deadRows(
  redis: RedisLink,
  letters: readonly DeadLetter[],
): Promise<readonly DeadRow[]> {
  const [first] = letters;
  if (first === undefined) return [];
  const ids = letters.map(({ originalId }) => originalId);
  const existing = await existingIds(redis, first.stream, ids);
  return letters.map(({ fields, atMs, ...letter }) => ({
    ...letter,
    at: new Date(atMs).toISOString(),
    revivable: existing.has(letter.originalId),
    message: messageOf(fields),
  }));
}

/** Puts a dead letter back to its group; see `REVIVE_DEAD`. */
export async function reviveDead(claiming: DeadClaiming, dead: DeadLetter): Promise<void> {
  const { redis, token, tally, clustered } = claiming;
  const { stream, group } = dead;
  const keys = [stream, ownKeys.tokenOf(stream), deadStreamOf(stream, clustered)];
  const args = [token, group, CLAIM_CONSUMER, dead.id, dead.originalId, dead.atMs];
  const answer = await changed(redis.script(REVIVE_DEAD, keys, args), { stream, group });
  if (answer === 'REVIVED') tally.claimed += 1;
  else if (answer === 'OWED') tally.held += 1;
  else if (answer === 'TRIMMED') tally.ghosts += 1;
  else tally.lostRace += 1;
}

/** Hands a dead letter to a program, and removes it where that handled it. */
export async function handDead(
  claiming: DeadClaiming,
  dead: DeadLetter,
  command: MessageCommand,
): Promise<void> {
  const { redis, token, tally, clustered } = claiming;
  const { stream, group, originalId: id } = dead;
  const failure = await runOnMessage(command, { ...dead, id }, () => Promise.resolve());
  if (failure !== null) return noteFailure(tally, { id, stream, group, because: failure });
  const keys = [stream, ownKeys.tokenOf(stream), deadStreamOf(stream, clustered)];
  const dropped = await fenced(redis.script(DROP_DEAD, keys, [token, dead.id]));
  if (dropped === 1) tally.acknowledged += 1;
  else tally.lostRace += 1;
}

/** The last five fields are the ones that were added; those of the original may have the same names. */
function deadLetterOf(stream: StreamKey, { id, pairs }: Entry): DeadLetter | null {
  const added = pairs.slice(-ADDED.length);
  if (ADDED.some((name, at) => added[at]?.[0] !== name)) return null;
  const [originalId, group, deliveries, reason, time] = added.map(([, value]) => value);
  if (originalId === undefined || !isEntryId(originalId) || !/^\d{1,15}$/.test(time ?? ''))
    return null;
  return {
    id,
    stream,
    group: textOf(group),
    originalId: entryId(originalId),
    deliveries: Number(deliveries),
    reason: textOf(reason),
    atMs: Number(time),
    fields: originalFields(pairs.slice(0, -ADDED.length)),
  };
}

const ADDED = ['original_id', 'group', 'deliveries', 'reason', 'time'];

/** An entry of more fields than fit into one command lies there as one JSON text of all of them. */
function originalFields(pairs: Entry['pairs']): ReadonlyMap<string, string> {
  const [[name, text] = ['', '']] = pairs;
  if (pairs.length !== 1 || name !== 'fields') return new Map(pairs);
  const flat = textsIn(text);
  return flat === null
    ? new Map(pairs)
    : new Map(
        Array.from({ length: flat.length / 2 }, (_, at) => [
          flat[2 * at] ?? '',
          flat[2 * at + 1] ?? '',
        ]),
      );
}

function textsIn(json: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : null;
  } catch {
    return null;
  }
}
