import type { ExitCode, Finding, JsonObject, OrionError } from '../problems/index.js';
import { errorOf } from './failure.js';
import type { LedgerEntry, RunLedger } from './run-ledger.js';
import type { Track } from './track.js';

export interface RunResult {
  readonly run: string;
  readonly outcome: Outcome;
  readonly exitCode: ExitCode;
  /** The first cause: it decides the exit code, however the undo went. */
  readonly error: OrionError | null;
  readonly undo: UndoOutcome;
  /** Why the undo failed; beside the first cause, never in its place. */
  readonly undoError: OrionError | null;
  /** The run is not finished in the journal: the same command resumes it. */
  readonly open: boolean;
  /** The reason of a halt that was found when the run could only go on to its end. */
  readonly halted: string | null;
  /** Every step of the runbook, whether it was reached or not. */
  readonly steps: readonly StepResult[];
  /** Every step of the undo; empty when there was none. */
  readonly undoSteps: readonly StepResult[];
}

export type Outcome = 'done' | 'failed' | 'interrupted';
export type UndoOutcome = 'done' | 'failed' | 'none';

export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  /**
   * `skipped`: it was so already. `failed` is also an effect that was begun and whose end is not known.
   */
  readonly status: 'done' | 'skipped' | 'failed' | 'not-reached' | 'undone';
  readonly data: JsonObject | null;
  readonly findings: readonly Finding[];
  readonly error: OrionError | null;
}

/** Told to end, a run is interrupted, whether it could go on or has been put back. */
export function outcomeOf(error: OrionError | null): Outcome {
  if (error === null) return 'done';
  return error.kind === 'interrupted' ? 'interrupted' : 'failed';
}

/** The results of one direction, by what the ledger says now. */
export function stepResults(
  track: Track,
  ledger: RunLedger,
  findings: ReadonlyMap<string, readonly Finding[]>,
): readonly StepResult[] {
  return track.steps.map(({ id, key, title, kind }) => {
    const entry = ledger.entry(key);
    return {
      id,
      title,
      kind: kind.name,
      status: statusOf(entry),
      data: entry.result,
      findings: findings.get(key) ?? [],
      error: entry.error === null ? null : errorOf(entry.error),
    };
  });
}

function statusOf({ state, undone }: LedgerEntry): StepResult['status'] {
  if (state === 'none') return 'not-reached';
  if (state === 'intended') return 'failed';
  return state === 'done' && undone ? 'undone' : state;
}
