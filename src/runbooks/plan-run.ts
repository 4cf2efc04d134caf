import type { JsonObject, OrionError } from '../problems/index.js';
import type { Action } from '../steps/index.js';
import type { Direction } from './direction.js';
import { failureOf } from './failure.js';
import { isToDo } from './pauses.js';
import { refusal } from './resume-rules.js';
import { RunLedger } from './run-ledger.js';
import type { RunOptions } from './run-options.js';
import { planOf } from './step-work.js';
import { trackOf } from './track.js';
import { viewOf } from './view.js';

export type PlanOptions = Pick<
  RunOptions,
  'run' | 'runbook' | 'steps' | 'undo' | 'kinds' | 'contextFor' | 'log' | 'commands'
> & { readonly signal: AbortSignal };

/** What a run would do now; `undo` when it is an open run that had begun to go back. */
export interface RunPlan {
  readonly direction: Direction;
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly nature: 'gate' | 'check' | 'fence' | 'effect';
  readonly args: JsonObject;
  /** False for what an earlier process of this run has done already; it has no actions. */
  readonly toDo: boolean;
  readonly actions: readonly Action[];
  /** Why its actions cannot be said yet. */
  readonly problem: OrionError | null;
}

/**
 * Plans a run, or what is left of an open one, without changing anything: for a dry run and for the
 * confirmation. The words come from the very functions that the execution shows.
 * @throws {OrionError} `runbook.unbound`, `run.runbook-changed`
 */
export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const { run, log, signal } = options;
  const ledger = new RunLedger(run, log.records);
  const refused = refusal(options, ledger);
  if (refused !== null) throw refused;
  const direction = ledger.cause === null ? 'forward' : 'undo';
  const bound = direction === 'forward' ? options.steps : (options.undo?.steps ?? []);
  const track = trackOf(direction, bound, options.kinds);
  const steps: PlannedStep[] = [];
  for (const [index, step] of track.steps.entries()) {
    signal.throwIfAborted();
    const { id, title, kind, args } = step;
    const toDo = isToDo(track, index, ledger);
    const planned = { id, title, kind: kind.name, nature: kind.nature, args, toDo };
    try {
      const context = options.contextFor(viewOf(ledger, direction, step, signal));
      steps.push({ ...planned, actions: toDo ? await planOf(step, context) : [], problem: null });
    } catch (error) {
      steps.push({ ...planned, actions: [], problem: failureOf(step, error) });
    }
  }
  return { direction, steps };
}
