import type { Contracts } from '../contracts/index.js';
import {
  type Capabilities,
  compareIds,
  entryId,
  type Fields,
  fieldsOf,
  LOOK,
  listOf,
  millisecondsOf,
  numberOf,
  type RedisLink,
  type Reply,
  type StreamKey,
  streamOfType,
  textOf,
} from '../redis/index.js';
import { deadStreamOf } from './dead-letters.js';

/** How the stream of one contract stands; null is unknown, which is never 0. */
export interface StreamFigures {
  readonly stream: StreamKey;
  readonly length: number;
  readonly lastGeneratedMs: number;
  readonly entriesAdded: number | null;
  readonly groupCount: number;
  readonly groups: readonly GroupFigures[];
  readonly deadLetters: number;
}

export interface GroupFigures {
  readonly group: string;
  readonly consumers: number;
  readonly pending: number;
  readonly lastDeliveredMs: number;
  readonly entriesRead: number | null;
  readonly lag: number | null;
  /** How many are certain where the lag is unknown. */
  readonly lagAtLeast: number;
  readonly oldestPendingSeconds: number | null;
  readonly oldestUndeliveredSeconds: number | null;
}

/** Past the alert threshold of the daily check the exact number says nothing more. */
const COUNT_CAP = 1_001;
/** Groups are made by whoever reads: without a bound they would be the metrics' bound as well. */
const MOST_GROUPS = 50;

/**
 * Looks at the streams of all contracts, one after the other, and at nothing else in this Redis.
 * @throws {OrionError} `redis.unreachable`
 */
export async function streamFigures(
  link: RedisLink,
  capabilities: Capabilities,
  prefix: string,
  contracts: Contracts,
): Promise<readonly StreamFigures[]> {
  const figures: StreamFigures[] = [];
  for (const type of contracts.types) {
    const stream = streamOfType(prefix, type);
    const dead = deadStreamOf(stream, capabilities.clustered);
    const args = [COUNT_CAP, 0, capabilities.exactLag ? 1 : 0];
    const [reply, deadLetters] = await Promise.all([
      link.script(LOOK, [stream], args),
      link.command('XLEN', dead),
    ]);
    const [seconds, micros, kind, info, groups] = listOf(reply);
    if (kind !== 'stream') continue;
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
    figures.push(figuresOf(stream, now, fieldsOf(info), listOf(groups), Number(deadLetters)));
  }
  return figures;
}

function figuresOf(
  stream: StreamKey,
  now: number,
  info: Fields,
  groups: readonly Reply[],
  deadLetters: number,
): StreamFigures {
  return {
    stream,
    length: numberOf(info.get('length')) ?? 0,
    lastGeneratedMs: millisecondsOf(entryId(textOf(info.get('last-generated-id')))),
    entriesAdded: numberOf(info.get('entries-added')),
    groupCount: groups.length,
    groups: groups.slice(0, MOST_GROUPS).map((group) => groupFigures(now, info, group)),
    deadLetters,
  };
}

function groupFigures(now: number, info: Fields, reply: Reply): GroupFigures {
  const [flat, summary, , nextId, count] = listOf(reply);
  const fields = fieldsOf(flat);
  const [pending, oldest] = listOf(summary);
  const cursor = textOf(fields.get('last-delivered-id'));
  const counted = Number(count);
  return {
    group: textOf(fields.get('name')),
    consumers: numberOf(fields.get('consumers')) ?? 0,
    pending: numberOf(pending) ?? 0,
    lastDeliveredMs: millisecondsOf(entryId(cursor)),
    entriesRead: numberOf(fields.get('entries-read')),
    lag: lagOf(info, fields, counted),
    lagAtLeast: Math.max(0, counted),
    oldestPendingSeconds: ageOf(now, oldest),
    oldestUndeliveredSeconds: ageOf(now, nextId),
  };
}

/** The same rule as everywhere in this tool: a number only where it is right. */
function lagOf(info: Fields, group: Fields, counted: number): number | null {
  const cursor = textOf(group.get('last-delivered-id'));
  const first = textOf(info.get('first-entry'));
  if (cursor === textOf(info.get('last-generated-id')) || first === '') return 0;
  if (compareIds(entryId(cursor), entryId(first)) < 0) return numberOf(info.get('length'));
  // -1 where the script took the server's own number for good and did not count.
  if (counted < 0) return numberOf(group.get('lag'));
  return counted < COUNT_CAP ? counted : null;
}

function ageOf(now: number, id: Reply | undefined): number | null {
  const text = textOf(id);
  return text === '' ? null : Math.max(0, (now - millisecondsOf(entryId(text))) / 1_000);
}
