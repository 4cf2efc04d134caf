import { allPending, groupIn, type StreamLook } from '../facts/index.js';
import {
  type Capabilities,
  COUNT_BETWEEN,
  type EntryId,
  KEEP_WARM,
  listOf,
  ownKeys,
  type RedisLink,
  textOf,
} from '../redis/index.js';
import type { StreamHandoff } from './group-state.js';
import { isParked, PARKED_CONSUMER } from './turn-plan.js';

/** What a tick left behind: the next one goes on only where it finds exactly this. */
export interface WarmMark {
  readonly cursor: string;
  /** The stream's copy of the fencing token. */
  readonly token: string;
}

/**
 * `waiting`: a run is under way, or a group is not there. `begun-anew`: a run has come between.
 * `drift`: somebody else has moved or read the group; it is left alone from then on.
 */
export type WarmTick =
  | { readonly kind: 'warm'; readonly mark: WarmMark }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'begun-anew' }
  | { readonly kind: 'drift'; readonly cursor: string; readonly pending: number };

/** As the turn does: beyond this the server is left to find out by itself. */
const MOST_TO_COUNT = 20_000;

/**
 * One tick for the group that a module left (`giving`) behind the one it reads with (`receiving`).
 * @param mark of the tick before; null for the first
 */
export async function keepWarm(
  link: RedisLink,
  { clustered }: Pick<Capabilities, 'clustered'>,
  prefix: string,
  { stream, giving, receiving }: StreamHandoff,
  mark: WarmMark | null,
): Promise<WarmTick> {
  const lease = clustered ? [] : [ownKeys.lease(prefix)];
  const reply = await link.script(
    KEEP_WARM,
    [stream, ownKeys.tokenOf(stream), ...lease],
    [giving, receiving, mark?.cursor ?? '?', mark?.token ?? '?', PARKED_CONSUMER, MOST_TO_COUNT],
  );
  const [answer, second, third] = listOf(reply);
  switch (answer) {
    case 'WARM':
      return { kind: 'warm', mark: { cursor: textOf(second), token: textOf(third) } };
    case 'RUN':
      return { kind: 'begun-anew' };
    case 'DRIFT':
      return { kind: 'drift', cursor: textOf(second), pending: Number(third) };
    default:
      return { kind: 'waiting' };
  }
}

/** What would be handled again on one stream if somebody put the module back by hand, without a turn. */
export interface Redelivery {
  readonly stream: string;
  /** Handled on the target after the source group's cursor; at most `MOST_REDELIVERED`. */
  readonly count: number;
  /** Where they are many: the entries still in hand that keep the source group back, lowest first. */
  readonly pinnedBy: readonly EntryId[];
}

/** Nobody needs to know it more exactly than that it is very many. */
const MOST_REDELIVERED = 100_000;
const MANY = 100;
const MOST_PINS = 10;

/** Null where one of the groups is not there. @throws {OrionError} when Redis does not answer */
export async function lookAtRedelivery(
  link: RedisLink,
  look: StreamLook,
  groups: { readonly source: string; readonly target: string },
): Promise<Redelivery | null> {
  const source = groupIn(look, groups.source);
  const target = groupIn(look, groups.target);
  if (source === null || target === null) return null;
  const range = [`(${source.cursor}`, target.cursor, MOST_REDELIVERED];
  const passed = Number(await link.script(COUNT_BETWEEN, [look.stream], range));
  const pending = passed === 0 ? [] : await allPending(link, look.stream, target.name);
  const inHand = pending.filter((entry) => !isParked(entry)).map(({ id }) => id);
  const count = Math.max(0, passed - inHand.length);
  const pinnedBy = count > MANY ? inHand.slice(0, MOST_PINS) : [];
  return { stream: look.stream, count, pinnedBy };
}
