/** What a claim has done so far; every entry that was chosen is counted in one place. */
export interface ClaimTally {
  /** Moved to the consumer, or put back to its group. */
  claimed: number;
  /** Handled by the program and acknowledged, or removed from the dead letters. */
  acknowledged: number;
  /** The program did not handle it; it stays as it was. */
  failed: number;
  /** Somebody may be working on it. */
  notIdle: number;
  /** Held by the very consumer already. */
  held: number;
  /** Not as it was seen: acknowledged, claimed or delivered again by somebody else meanwhile. */
  lostRace: number;
  /** Gone from its stream, so that nobody can handle it. */
  ghosts: number;
  /** The first failures, for the operator's eye. */
  readonly failures: ClaimFailure[];
}

export interface ClaimFailure {
  readonly id: string;
  readonly stream: string;
  readonly group: string;
  readonly because: string;
}

export function emptyTally(): ClaimTally {
  return {
    claimed: 0,
    acknowledged: 0,
    failed: 0,
    notIdle: 0,
    held: 0,
    lostRace: 0,
    ghosts: 0,
    failures: [],
  };
}

export function noteFailure(tally: ClaimTally, failure: ClaimFailure): void {
  tally.failed += 1;
  if (tally.failures.length < MOST_FAILURES) tally.failures.push(failure);
}

const MOST_FAILURES = 20;
