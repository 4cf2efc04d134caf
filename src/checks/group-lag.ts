import { entryAgeMs, type GroupLook, lagAtLeast, type Thresholds } from '../facts/index.js';
import type { GroupOwner } from './group-owner.js';

/*
 * How one group keeps up, from one look. What needs two looks, whether it stalls or went back, is
 * left to whoever looks again and again.
 *
 *   missing   the module reads with this group, and it is not there
 *   ok        nothing is the matter, or it is the group of the side that the module is not on
 *   stop      something is owed and nobody asks for it
 *   warn      the backlog is at the target of the thresholds or above it
 *   unknown   the lag is not known, so it cannot be said to be below the target
 */
export type LagState = 'ok' | 'warn' | 'stall' | 'stop' | 'rewind' | 'missing' | 'unknown';

/** One group on one stream, as `lag --json` shows it. */
export interface GroupLag {
  /** `<prefix>:*` for the missing group of a module that is on no stream at all. */
  readonly stream: string;
  readonly group: string;
  readonly module: string | null;
  readonly side: 'source' | 'target' | 'unknown';
  /** Null where it is not known; then `lagAtLeast` says how far was counted. Never 0 for unknown. */
  readonly lag: number | null;
  readonly lagAtLeast: number | null;
  readonly lagSource: 'server' | 'derived' | 'counted' | 'unknown';
  readonly pending: number;
  readonly backlog: number | null;
  readonly consumers: number;
  /** Empty for a missing group. */
  readonly cursor: string;
  readonly oldestPendingMs: number | null;
  readonly oldestUndeliveredMs: number | null;
  readonly headroom: LagHeadroom;
  readonly state: LagState;
}

/** How far trimming is from an entry that the group is owed. */
export interface LagHeadroom {
  readonly entries: number | null;
  /** Null where the rate is not known, and where nothing arrives. */
  readonly seconds: number | null;
  readonly unlimited: boolean;
}

/** A group as it was found, or the place where it should be. */
export interface SeenGroup {
  readonly stream: string;
  readonly group: string;
  readonly owner: GroupOwner | null;
  /** False where the module's settings say that it reads with the other side's group. */
  readonly inUse: boolean;
  /** Null where the group does not exist. */
  readonly found: GroupLook | null;
  /** Entries held for an operator: pending, and nobody's work in hand. */
  readonly parked: number;
  /** How long each consumer has not read, without those that a handoff made; null where not asked. */
  readonly readersIdleMs: readonly number[] | null;
  /** Redis's clock at the look, in milliseconds. */
  readonly atMs: number;
}

/** A consumer of either bus asks at least every few seconds. */
const NOBODY_ASKS_AFTER_MS = 60_000;

/** Puts figures, ages and state together. */
export function groupLag(
  seen: SeenGroup,
  headroom: LagHeadroom,
  thresholds: Pick<Thresholds, 'lag'>,
): GroupLag {
  const { found, atMs } = seen;
  const lag = found?.lag ?? null;
  const known = lag?.known ? lag.value : null;
  return {
    stream: seen.stream,
    group: seen.group,
    module: seen.owner?.module.name ?? null,
    side: seen.owner?.side ?? 'unknown',
    lag: known,
    lagAtLeast: lag === null ? null : lagAtLeast(lag),
    lagSource: lag?.known ? lag.source : 'unknown',
    pending: found?.pending ?? 0,
    backlog: known === null || found === null ? null : known + found.pending,
    consumers: found?.consumerCount ?? 0,
    cursor: found?.cursor ?? '',
    oldestPendingMs: entryAgeMs(found?.oldestPendingId ?? null, atMs),
    oldestUndeliveredMs: entryAgeMs(found?.nextUndeliveredId ?? null, atMs),
    headroom,
    state: lagState(seen, thresholds),
  };
}

/** True where the backlog, without what is parked, is certainly at the alert threshold or above. */
export function isOverAlert(
  { found, parked }: SeenGroup,
  { lag }: Pick<Thresholds, 'lag'>,
): boolean {
  return found !== null && workOf(found, parked) >= lag.alert;
}

function lagState(seen: SeenGroup, { lag }: Pick<Thresholds, 'lag'>): LagState {
  const { found, parked, readersIdleMs } = seen;
  if (found === null) return 'missing';
  if (!seen.inUse) return 'ok';
  const work = workOf(found, parked);
  const nobodyAsks = readersIdleMs?.every((idleMs) => idleMs > NOBODY_ASKS_AFTER_MS) ?? false;
  if (work > 0 && nobodyAsks) return 'stop';
  if (work >= lag.target) return 'warn';
  return found.lag.known ? 'ok' : 'unknown';
}

/** What is certainly owed and may be worked on: the thresholds are held against it. */
function workOf({ lag, pending }: GroupLook, parked: number): number {
  return lagAtLeast(lag) + pending - parked;
}
