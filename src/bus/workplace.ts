import { type Clock, messageOf } from '../problems/index.js';
import type { Bell } from './bell.js';
import type { GroupMember } from './group-member.js';
import type { Held, InHand } from './in-hand.js';
import type { ProblemReport } from './problem-report.js';
import { troubleOf } from './read-trouble.js';

/** What the parts of one subscriber share. */
export interface Workplace {
  readonly member: GroupMember;
  readonly hands: InHand;
  readonly tally: Tally;
  readonly problems: ProblemReport;
  /** Rung whenever something that others may wait for has changed. */
  readonly bell: Bell;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly limits: Limits;
}

export interface Limits {
  readonly concurrency: number;
  readonly credit: number;
  readonly blockMs: number;
  readonly minIdleMs: number;
  readonly maxDeliveries: number;
  readonly retryMs: number;
  readonly claim: boolean;
}

/** The counters of `SubscriptionStats`, from the beginning of the subscription. */
export interface Tally {
  delivered: number;
  handled: number;
  failed: number;
  deadLettered: number;
  claimed: number;
  ghosts: number;
  lost: number;
  reconnects: number;
  overdue: number;
  groupsMade: number;
}

export function emptyTally(): Tally {
  return {
    ...{ delivered: 0, handled: 0, failed: 0, deadLettered: 0, claimed: 0 },
    ...{ ghosts: 0, lost: 0, reconnects: 0, overdue: 0, groupsMade: 0 },
  };
}

/** Its entry was trimmed or deleted while it was pending: a message that nobody will handle. */
export function countGhosts(
  { tally, problems, member }: Workplace,
  ids: readonly Held['id'][],
): void {
  const [first] = ids;
  if (first === undefined) return;
  tally.ghosts += ids.length;
  const { stream, group } = member.place;
  const message = `${ids.length} entries of ${stream} were trimmed before group ${group} had handled them, the first is ${first}.`;
  problems.report('entry.ghost', message, first);
}

/** Another consumer has them, or somebody has settled them: they are out of this consumer's hand. */
export function countLost(
  { tally, problems, member }: Workplace,
  count: number,
  how: string,
  entry: Held['id'] | null = null,
): void {
  if (count === 0) return;
  tally.lost += count;
  const { stream, group, consumer } = member.place;
  const message = `${count} entries of ${stream} that consumer ${consumer} of group ${group} had in hand ${how}.`;
  problems.report('entry.lost', message, entry);
}

/**
 * A command beside the reading failed, and is tried again. A connection or a group that is gone is told by
 * the reader, which meets the same trouble; what only this command is refused has nobody else to tell it.
 */
export function noteRefusal({ problems, member }: Workplace, what: string, error: unknown): void {
  if (troubleOf(error) !== 'refused') return;
  const { stream, group } = member.place;
  const message = `${what} of ${stream} in group ${group} is refused: ${messageOf(error)}`;
  problems.report('redis.refused', message, null, error);
}
