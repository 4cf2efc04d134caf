import type { OrionError } from '../problems/index.js';
import type { RunLedger } from './run-ledger.js';
import type { RunOptions } from './run-options.js';
import { notOpen, runbookChanged } from './run-problems.js';
import type { Runbook } from './runbook.js';

/**
 * Why a run cannot be carried out as it is: it is finished, or its runbook has other steps than those it
 * began with. The undo's runbook counts only once the run has begun to go back by it.
 */
export function refusal(
  { run, runbook, undo, commands }: Pick<RunOptions, 'run' | 'runbook' | 'undo' | 'commands'>,
  ledger: RunLedger,
): OrionError | null {
  if (ledger.finished) return notOpen(run);
  const changed = (began: unknown, now: Runbook | null): OrionError | null => {
    const { runbook: id, fingerprint } = began as Record<string, unknown>; // Looked at by value below.
    if (id === now?.id && fingerprint === now?.fingerprint) return null;
    return runbookChanged(String(id), now?.id ?? null, commands);
  };
  if (ledger.started === null) return null;
  return (
    changed(ledger.started, runbook) ??
    (ledger.cause === null ? null : changed(ledger.cause.data['undo'], undo?.runbook ?? null))
  );
}
