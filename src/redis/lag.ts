import { compareIds, type EntryId } from './entry-id.js';

/**
 * Entries after the cursor, not delivered yet. The number is only there when it is right; otherwise
 * `atLeast` says how far was counted. Unknown is never 0.
 */
export type Lag =
  | { readonly known: true; readonly value: number; readonly source: LagSource }
  | { readonly known: false; readonly atLeast: number };

/** Where the number comes from: the server's counter, plain logic on ids, or counting entries. */
export type LagSource = 'server' | 'derived' | 'counted';

export interface LagEvidence {
  readonly cursor: EntryId;
  readonly length: number;
  readonly firstId: EntryId | null;
  readonly lastGeneratedId: EntryId;
  /** What the server reports, null where it reports nothing. */
  readonly reported: number | null;
  readonly reportedIsExact: boolean;
  /** Entries counted after the cursor, null when they were not counted. */
  readonly counted: number | null;
  /** Counting stopped here: a count that reached it is a lower bound. */
  readonly cap: number;
}

/**
 * The trust rule for lag. Servers before 7.4.4 keep a wrong number after trimming for ever, and every
 * server has none after XDEL or XGROUP SETID to an arbitrary id (Redis documentation, XINFO GROUPS).
 */
export function lagOf(evidence: LagEvidence): Lag {
  const { cursor, length, firstId, reported, counted, cap } = evidence;
  if (cursor === evidence.lastGeneratedId || length === 0 || firstId === null) {
    return { known: true, value: 0, source: 'derived' };
  }
  if (compareIds(cursor, firstId) < 0) return { known: true, value: length, source: 'derived' };
  if (evidence.reportedIsExact && reported !== null && reported >= 0 && reported <= length) {
    return { known: true, value: reported, source: 'server' };
  }
  // Nothing found after the cursor needs no cap to be right.
  if (counted === 0 || (counted !== null && counted < cap))
    return { known: true, value: counted, source: 'counted' };
  return { known: false, atLeast: counted ?? 0 };
}

/** The least number of undelivered entries that is certain. */
export function lagAtLeast(lag: Lag): number {
  return lag.known ? lag.value : lag.atLeast;
}
