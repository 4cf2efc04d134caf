import type { Finding, JsonObject, OrionError } from '../problems/index.js';
import type { AnyContext } from '../steps/index.js';
import { type Attempt, attempt } from './attempt.js';
import { errorData, failureOf, timedOut, unverified } from './failure.js';
import { positionAt } from './pauses.js';
import type { RunHappening } from './run-events.js';
import type { RunLedger } from './run-ledger.js';
import type { RunOptions } from './run-options.js';
import { cannotTell, interruptedRun, leaseLost } from './run-problems.js';
import type { Scribe } from './scribe.js';
import { carryOut, recall, type StepOutcome } from './step-work.js';
import type { Track, TrackStep } from './track.js';
import { viewOf } from './view.js';
import { goesOnToEnd } from './way-on.js';

/** How a walk over steps ends; `left`: the process ends and the journal stays open. */
export type Ending =
  | { readonly end: 'complete' }
  | { readonly end: 'failed'; readonly error: OrionError }
  | { readonly end: 'left'; readonly error: OrionError };

/** Does one step and records what became of it. */
export class StepRunner {
  readonly findings = new Map<string, readonly Finding[]>();
  readonly #options: RunOptions;
  readonly #ledger: RunLedger;
  readonly #scribe: Scribe;
  readonly #emit: (event: RunHappening) => void;

  constructor(
    options: RunOptions,
    ledger: RunLedger,
    scribe: Scribe,
    emit: (event: RunHappening) => void,
  ) {
    this.#options = options;
    this.#ledger = ledger;
    this.#scribe = scribe;
    this.#emit = emit;
  }

  /** @returns null when the run goes on to the next step */
  async do(track: Track, index: number): Promise<Ending | null> {
    return this.#try(track, index, (step, signal) => this.#work(track, step, signal));
  }

  /**
   * Looks what became of a step that an earlier process began, and changes nothing.
   * @returns null when the run may go on
   */
  async recall(track: Track, index: number): Promise<Ending | null> {
    return this.#try(track, index, async (step, signal) => {
      const intent = this.#ledger.openIntent(step.key);
      const context = this.#contextOf(track, step, signal);
      return intent === null ? { how: 'open' } : recall({ step, context, signal }, intent);
    });
  }

  async #try(
    track: Track,
    index: number,
    work: (step: TrackStep, signal: AbortSignal) => Promise<StepOutcome>,
  ): Promise<Ending | null> {
    const step = track.steps[index];
    if (step === undefined) return null;
    const { lease, commands } = this.#options;
    const tried = await this.#attempt(track, index, step, (signal) => work(step, signal));
    switch (tried.end) {
      case 'returned':
        return this.#settle(track, step, tried.value);
      case 'threw':
        return this.fail(track, step, failureOf(step, tried.error), { begun: true });
      case 'interrupted':
        return this.#interrupted(track, index, step);
      case 'left': {
        const error = lease.aborted ? leaseLost(lease, commands) : interruptedRun(commands);
        return { end: 'left', error };
      }
    }
  }

  /**
   * Records a failure and, with it, whether the run goes back: a resume must come to the same decision.
   * @param tried `begun` is false for a run that turned back before this step
   */
  async fail(
    track: Track,
    step: TrackStep,
    error: OrionError,
    tried: { readonly begun: boolean },
  ): Promise<Ending> {
    // A script of the step found a newer fencing token: the lease is another's.
    if (error.kind === 'lease') return { end: 'left', error };
    const goesBack = track.direction === 'forward' && this.#ledger.changedSomething();
    await this.#recordFailure(step, error, tried.begun, goesBack ? this.#options.undo : null);
    if (tried.begun) this.#emit({ type: 'step.failed', ...naming(track, step), error });
    return { end: 'failed', error };
  }

  #attempt(
    track: Track,
    index: number,
    step: TrackStep,
    work: (signal: AbortSignal) => Promise<StepOutcome>,
  ): Promise<Attempt<StepOutcome>> {
    const { clock, lease, interruption } = this.#options;
    return attempt(
      {
        clock,
        lease,
        interruption,
        timeoutMs: step.timeoutMs,
        timeout: () => timedOut(step),
        isInterruptible: () =>
          track.direction === 'forward' &&
          (positionAt(track, index, this.#ledger) !== 'inside' ||
            !goesOnToEnd(track, this.#ledger, this.#options)),
      },
      work,
    );
  }

  async #work(track: Track, step: TrackStep, signal: AbortSignal): Promise<StepOutcome> {
    const named = naming(track, step);
    return carryOut({
      step,
      signal,
      context: this.#contextOf(track, step, signal),
      openIntent: this.#ledger.openIntent(step.key),
      intend: (intent) => this.#intend(track, step, intent),
      planned: (actions) => this.#emit({ type: 'step.started', ...named, actions }),
      report: (progress) => {
        if (!signal.aborted) this.#emit({ type: 'step.progress', ...named, progress });
      },
    });
  }

  #contextOf({ direction }: Track, step: TrackStep, signal: AbortSignal): AnyContext {
    return this.#options.contextFor(viewOf(this.#ledger, direction, step, signal));
  }

  /** Going back must be possible without a journal; going forward must not. */
  async #intend({ direction }: Track, { key }: TrackStep, intent: JsonObject): Promise<void> {
    if (direction === 'undo') await this.#scribe.after('step.intended', key, intent);
    else await this.#scribe.before('step.intended', key, intent);
  }

  async #interrupted(track: Track, index: number, step: TrackStep): Promise<Ending> {
    const error = interruptedRun(this.#options.commands);
    if (positionAt(track, index, this.#ledger) !== 'inside') return { end: 'left', error };
    return this.fail(track, step, error, { begun: true });
  }

  async #settle(track: Track, step: TrackStep, outcome: StepOutcome): Promise<Ending | null> {
    switch (outcome.how) {
      case 'skipped':
        return this.#skipped(track, step, outcome.intent);
      case 'open':
        return null;
      case 'cannot-tell':
        return this.#cannotTell(track, step);
      case 'done':
        return this.#done(track, step, outcome.result, outcome.findings);
    }
  }

  async #skipped(track: Track, step: TrackStep, intent: JsonObject): Promise<null> {
    await this.#scribe.after('step.skipped', step.key, { reason: 'satisfied', intent });
    this.#emit({ type: 'step.skipped', ...naming(track, step), reason: 'satisfied' });
    return null;
  }

  /** Recorded without an undo, so that the same command asks again once it can be told. */
  async #cannotTell(track: Track, step: TrackStep): Promise<Ending> {
    const error = cannotTell(step, this.#options.commands);
    await this.#recordFailure(step, error, true, null);
    this.#emit({ type: 'step.failed', ...naming(track, step), error });
    return { end: 'left', error };
  }

  async #done(
    track: Track,
    step: TrackStep,
    data: JsonObject,
    findings: readonly Finding[],
  ): Promise<Ending | null> {
    this.findings.set(step.key, findings);
    const error = unverified(step, findings);
    if (error !== null) return this.fail(track, step, failureOf(step, error), { begun: true });
    await this.#scribe.after('step.done', step.key, data);
    this.#emit({ type: 'step.done', ...naming(track, step), data, findings });
    return null;
  }

  async #recordFailure(
    { key }: TrackStep,
    error: OrionError,
    begun: boolean,
    undo: RunOptions['undo'],
  ): Promise<void> {
    await this.#scribe.after('step.failed', key, {
      error: errorData(error),
      findings: begun ? (this.findings.get(key) ?? []).map((finding) => ({ ...finding })) : [],
      begun,
      undo: undo && { runbook: undo.runbook.id, fingerprint: undo.runbook.fingerprint },
    });
  }
}

function naming(
  { direction }: Track,
  { id, title }: TrackStep,
): { readonly step: string; readonly title: string; readonly direction: Track['direction'] } {
  return { step: id, title, direction };
}
