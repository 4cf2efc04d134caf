import type { PendingEntry } from '../facts/index.js';
import { compareIds, type EntryId, predecessorOf } from '../redis/index.js';

/*
 * Handoff: making the receiving group R owe exactly what the giving group G owed.
 *
 * owed(group) = its pending entries that still exist, and every entry after its cursor.
 *
 *   … a  P  a  P  P  P | u  u  u          a acknowledged, P pending, u undelivered, | G's cursor g
 *        ^     └─run─┘
 *        └ moved   c = the predecessor of the run's first id
 *
 * The run, the last unbroken series of existing entries up to g that are all pending, is covered by
 * setting both cursors back to c: they are delivered again. What is pending further down cannot be
 * covered without repeating finished work; it is moved, entry by entry. What is pending above g (a
 * cursor set back by hand) the cursor owes anyway: it is acknowledged. A ghost, pending but gone from
 * the stream, can be delivered by nobody: it is named as loss.
 *
 * Invariants, held by tests against a model:
 *   1. owed by R afterwards = owed by G before, by ids;
 *   2. nothing G had finished is owed by R;
 *   3. up to the turn G owes what it owed (moved entries wait in R), after it G owes c and everything
 *      behind, so that a process ending at any point leaves a state that can go on or back;
 *   4. no more is handed over twice than `announced`.
 */

/** What is known of a group before a handoff. */
export interface GroupState {
  readonly cursor: EntryId;
  /** Ascending. */
  readonly pending: readonly PendingEntry[];
}

export interface GivingState extends GroupState {
  /** Of the pending ids, those whose entry still exists. */
  readonly existing: ReadonlySet<EntryId>;
  /**
   * Existing entries at or below the cursor, newest first, at least down to the first that is not
   * pending (or to the beginning of the stream).
   */
  readonly tail: readonly EntryId[];
}

export interface TurnPlan {
  readonly kind: 'clean' | 'rewind' | 'split';
  /** Where both cursors end. */
  readonly cursor: EntryId;
  readonly run: readonly EntryId[];
  /** Pending above the giving cursor: owed by the cursor already. */
  readonly above: readonly EntryId[];
  readonly move: readonly PendingEntry[];
  readonly ghosts: readonly PendingEntry[];
  /** In the receiving group: covered by the new cursor, and so acknowledged. */
  readonly receivingCovered: readonly EntryId[];
  /** In the receiving group: of a past that nobody owes any more; acknowledged and journaled. */
  readonly receivingStale: readonly PendingEntry[];
  /** In the receiving group: moved or parked there before; kept. */
  readonly receivingKept: readonly EntryId[];
  /** How many messages may be handled twice because of this handoff, exactly. */
  readonly announced: number;
}

/** Consumers that hold moved entries: waiting for a live one to claim them, or for an operator. */
export const HANDOFF_CONSUMER = 'orion-bus-handoff';
export const PARKED_CONSUMER = 'orion-bus-parked';

/** Who holds moved entries on a side, depending on whether its live consumers claim stale ones. */
export function carrierOf(side: { readonly resumesPending: boolean }): string {
  return side.resumesPending ? HANDOFF_CONSUMER : PARKED_CONSUMER;
}

/**
 * Plans the turn of one stream.
 * @param receiving null for a settle, where the group hands over to itself
 * @param carrier who holds moved entries in the receiving group (`carrierOf`)
 */
export function planTurn(
  giving: GivingState,
  receiving: GroupState | null,
  carrier: string,
): TurnPlan {
  const run = lastUnbrokenRun(giving);
  const first = run.at(-1);
  const cursor = first === undefined ? giving.cursor : predecessorOf(first);
  const inRun = new Set(run);
  const gone = giving.pending.filter((entry) => !giving.existing.has(entry.id));
  // In a settle a parked message stays where it is, trimmed or not: its body is kept in a file. To
  // another group it could not be moved any more, and is named with the ghosts.
  const keptParked = receiving === null ? gone.filter(isParked) : [];
  const ghosts = gone.filter((entry) => !keptParked.includes(entry));
  const alive = giving.pending.filter((entry) => giving.existing.has(entry.id));
  const above = alive.filter((entry) => compareIds(entry.id, giving.cursor) > 0);
  const move = alive.filter(
    (entry) => compareIds(entry.id, giving.cursor) <= 0 && !inRun.has(entry.id),
  );
  const fromReceiving = receivingPlan(receiving, cursor, new Set(move.map((entry) => entry.id)));
  return {
    kind: move.length > 0 ? 'split' : run.length > 0 ? 'rewind' : 'clean',
    cursor,
    run: [...run].reverse(),
    above: above.map((entry) => entry.id),
    move,
    ghosts,
    ...fromReceiving,
    receivingKept: [...fromReceiving.receivingKept, ...keptParked.map((entry) => entry.id)],
    announced: run.length + above.length + claimedSoon(move, receiving, fromReceiving, carrier),
  };
}

/** Whether an entry is held for an operator. */
export function isParked({ consumer }: Pick<PendingEntry, 'consumer'>): boolean {
  return consumer === PARKED_CONSUMER;
}

/** What remains pending in the receiving group when the turn is done. */
export function remainingOf(plan: TurnPlan): number {
  return plan.move.length + plan.receivingKept.length;
}

/** What a live consumer of the receiving side will claim: moved now, or by an attempt before this one. */
function claimedSoon(
  move: readonly PendingEntry[],
  receiving: GroupState | null,
  { receivingKept }: Pick<TurnPlan, 'receivingKept'>,
  carrier: string,
): number {
  if (carrier !== HANDOFF_CONSUMER) return 0;
  const kept = new Set(receivingKept);
  const waiting = (receiving?.pending ?? []).filter(
    (entry) => kept.has(entry.id) && entry.consumer === HANDOFF_CONSUMER,
  );
  return move.length + waiting.length;
}

/** Walks down from the cursor while every existing entry is pending; newest first. */
function lastUnbrokenRun(giving: GivingState): readonly EntryId[] {
  const pending = new Set(giving.pending.map((entry) => entry.id));
  const end = giving.tail.findIndex((id) => !pending.has(id));
  return end === -1 ? giving.tail : giving.tail.slice(0, end);
}

function receivingPlan(
  receiving: GroupState | null,
  cursor: EntryId,
  moving: ReadonlySet<EntryId>,
): Pick<TurnPlan, 'receivingCovered' | 'receivingStale' | 'receivingKept'> {
  const pending = receiving?.pending ?? [];
  const below = pending.filter((entry) => compareIds(entry.id, cursor) <= 0);
  const moved = (entry: PendingEntry): boolean =>
    entry.consumer === HANDOFF_CONSUMER || entry.consumer === PARKED_CONSUMER;
  return {
    receivingCovered: pending
      .filter((entry) => compareIds(entry.id, cursor) > 0)
      .map((entry) => entry.id),
    receivingStale: below.filter((entry) => !moved(entry) && !moving.has(entry.id)),
    receivingKept: below
      .filter((entry) => moved(entry) && !moving.has(entry.id))
      .map((entry) => entry.id),
  };
}
