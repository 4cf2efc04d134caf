import { type Direction, PREFIX } from './direction.js';
import type { RunLedger } from './run-ledger.js';
import type { StepView } from './run-options.js';
import type { TrackStep } from './track.js';

/** The run as one of its steps sees it. */
export function viewOf(
  ledger: RunLedger,
  direction: Direction,
  step: TrackStep,
  signal: AbortSignal,
): StepView {
  return {
    run: ledger.run,
    direction,
    step: step.id,
    signal,
    earlier: ledger.memory(PREFIX[direction]),
    undoing: direction === 'undo' ? ledger.memory(PREFIX.forward) : null,
  };
}
