import type { Position } from './pauses.js';
import type { RunLedger } from './run-ledger.js';
import type { RunOptions } from './run-options.js';
import type { Track } from './track.js';

/*
 * Which way a run takes when a signal or a halt has come, by where it stands:
 *
 *            first signal                       halt
 * before     leave: the same command resumes    back (a plain failure while nothing is changed)
 * inside     on to the end of the pause where   back, where there is a way back; else on
 *            the turn is done, else back
 * after      leave: the same command resumes    on, and report it
 *
 * An undo takes no notice of either.
 */
export type Way = 'on' | 'back' | 'leave';

export function wayAtSignal(position: Position, goesOn: boolean): Way {
  if (position !== 'inside') return 'leave';
  return goesOn ? 'on' : 'back';
}

export function wayAtHalt(position: Position, hasWayBack: boolean): Way {
  if (position === 'before') return 'back';
  return position === 'inside' && hasWayBack ? 'back' : 'on';
}

/** Behind the turn the shortest way to a running module is on; so it is where there is no way back. */
export function goesOnToEnd(
  track: Track,
  ledger: RunLedger,
  { undo, pointOfReturn }: Pick<RunOptions, 'undo' | 'pointOfReturn'>,
): boolean {
  if (undo === null) return true;
  const turns = track.steps.filter(({ base }) => base === pointOfReturn);
  // A turn that has been begun is waited for: once it is done, on is the way.
  return (
    turns.length > 0 &&
    turns.every(({ key }) => ledger.settled(key) || ledger.openIntent(key) !== null)
  );
}
