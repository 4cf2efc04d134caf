import { type JsonObject, OrionError } from '../problems/index.js';
import { errorData, errorOf } from './failure.js';
import { isToDo, type Position, positionAt } from './pauses.js';
import { refusal } from './resume-rules.js';
import { eventText, type RunHappening } from './run-events.js';
import { RunLedger } from './run-ledger.js';
import type { RunRecordType } from './run-log.js';
import type { RunOptions } from './run-options.js';
import { haltInForce, interruptedRun, leaseLost } from './run-problems.js';
import { outcomeOf, type RunResult, stepResults, type UndoOutcome } from './run-result.js';
import { Scribe } from './scribe.js';
import { type Ending, StepRunner } from './step-runner.js';
import { type Track, type TrackStep, trackOf } from './track.js';
import { goesOnToEnd, wayAtHalt, wayAtSignal } from './way-on.js';

/*
 * The engine: carries out the steps of a run, resumes one that was killed, and takes one back.
 *
 * States
 *   opening    new: `run.started`; open in the journal: `run.resumed`. Nothing is changed before it is stored.
 *   forward    the steps in order. A step that is done is passed by; gates, checks and fences are asked
 *              again by a resume until the pause is over (see pauses.ts).
 *   back       a step failed, or a halt or a signal came inside the pause, and an effect had been
 *              intended: the steps of the `on-failure` runbook, in the same run.
 *   finished   `run.finished`: done; failed, with the undo done, failed or none; interrupted and undone.
 *   left       the process ends and the journal stays open: interrupted outside the pause, told twice to
 *              end, lease lost, or it cannot be told whether an effect took place. The same command resumes.
 *
 * Transitions
 *   opening → forward     new, or open and not yet going back
 *   opening → back        open, and the journal holds a failure by which it had begun to go back
 *   forward → finished    every step is done, or one failed and nothing had been changed
 *   forward → back        see above; decided by the record `step.failed` with `undo`, so that it is kept
 *   forward → left        also after a failure, in a run that has no way back and stays open for another try
 *   forward, back → left  see above
 *   back → finished       whatever the undo came to
 *
 * Invariants
 *   1. No effect without its before-image on the disk; a before-image is captured once.
 *   2. The first cause decides the exit code; what comes after it stands beside it. A run that goes on
 *      past failures (`go-on`) carries out every other step, and tries the failed ones again when resumed.
 *   3. Inside the pause the run only ends by going on to its end or by going back, unless the process
 *      must end; a record that cannot be stored after an effect is told and does not stop that.
 *   4. With the lease lost nothing more is done and nothing written, not even the undo.
 *   5. What the run knows is what its records say (run-ledger.ts), whether read again or just written.
 */

/**
 * Carries out a run to its end, or to where the process must leave it.
 * @returns what became of the run and of every step; failures of steps are results, not errors
 * @throws {OrionError} before anything is done: `runbook.unbound`, `run.runbook-changed`, `run.not-open`
 */
export async function executeRun(options: RunOptions): Promise<RunResult> {
  return new Engine(options).execute();
}

class Engine {
  readonly #options: RunOptions;
  readonly #ledger: RunLedger;
  readonly #scribe: Scribe;
  readonly #runner: StepRunner;
  readonly #forward: Track;
  readonly #back: Track;
  #halted: string | null = null;
  #undo: UndoOutcome = 'none';
  #undoError: OrionError | null = null;

  constructor(options: RunOptions) {
    const { run, log, steps, undo, kinds } = options;
    this.#options = options;
    this.#ledger = new RunLedger(run, log.records);
    const refused = refusal(options, this.#ledger);
    if (refused !== null) throw refused;
    this.#forward = trackOf('forward', steps, kinds);
    this.#back = trackOf('undo', undo?.steps ?? [], kinds);
    const emit = (event: RunHappening): void => this.#emit(event);
    this.#scribe = new Scribe(options, this.#ledger, emit);
    this.#runner = new StepRunner(options, this.#ledger, this.#scribe, emit);
  }

  async execute(): Promise<RunResult> {
    try {
      const ending = await this.#open();
      if (ending.end === 'left') return this.#leave(ending.error);
      return await this.#finish(ending.end === 'failed' ? ending.error : null);
    } catch (error) {
      // Nothing can be recorded any more: the lease, or the journal itself, is another's now.
      if (error instanceof OrionError && error.kind === 'lease') return this.#leave(error);
      throw error;
    }
  }

  // ---- opening

  async #open(): Promise<Ending> {
    const refused = await (this.#ledger.started === null ? this.#start() : this.#resume());
    const { cause } = this.#ledger;
    if (cause !== null) return this.#goBack(errorOf(cause.data['error']));
    return refused ?? this.#goForward();
  }

  async #start(): Promise<Ending | null> {
    const { about, runbook } = this.#options;
    const { id, fingerprint } = runbook;
    const refused = await this.#storeFirst('run.started', { ...about, runbook: id, fingerprint });
    if (refused !== null) return { end: 'failed', error: refused };
    this.#emit({ type: 'run.started', runbook: id, steps: namesOf(this.#forward) });
    return null;
  }

  async #resume(): Promise<Ending | null> {
    const direction = this.#ledger.cause === null ? 'forward' : 'undo';
    const refused = await this.#storeFirst('run.resumed', { direction });
    if (refused !== null && direction === 'forward') return this.#resumeUnrecorded(refused);
    const track = direction === 'forward' ? this.#forward : this.#back;
    const settled = track.steps.filter((_, index) => !isToDo(track, index, this.#ledger));
    this.#emit({
      type: 'run.resumed',
      runbook: this.#options.runbook.id,
      direction,
      steps: namesOf(track),
      settled: settled.map(({ id }) => id),
    });
    return null;
  }

  /** A module that is down is put back, journal or not; otherwise the run waits for the journal. */
  async #resumeUnrecorded(error: OrionError): Promise<Ending> {
    const track = this.#forward;
    const index = track.steps.findIndex((_, at) => isToDo(track, at, this.#ledger));
    if (positionAt(track, index, this.#ledger) !== 'inside') return { end: 'left', error };
    return this.#turnBack(track, index, error);
  }

  async #storeFirst(type: RunRecordType, data: JsonObject): Promise<OrionError | null> {
    try {
      await this.#scribe.before(type, null, data);
      return null;
    } catch (error) {
      if (error instanceof OrionError && error.kind !== 'lease') return error;
      throw error;
    }
  }

  // ---- forward and back

  async #goForward(): Promise<Ending> {
    const ending = (await this.#recall(this.#forward)) ?? (await this.#walk(this.#forward));
    if (ending.end !== 'failed') return ending;
    if (this.#ledger.cause !== null) return this.#goBack(ending.error);
    const staysOpen = this.#options.failures !== 'end-run' && this.#ledger.changedSomething();
    return staysOpen ? { end: 'left', error: ending.error } : ending;
  }

  async #goBack(cause: OrionError): Promise<Ending> {
    const runbook = this.#options.undo?.runbook.id ?? '';
    this.#emit({ type: 'undo.started', runbook, steps: namesOf(this.#back), error: cause });
    const ending = (await this.#recall(this.#back)) ?? (await this.#walk(this.#back));
    this.#undo = ending.end === 'complete' ? 'done' : 'failed';
    if (ending.end === 'complete') await this.#recordUndone(runbook);
    else this.#undoError = ending.error;
    this.#emit({ type: 'undo.finished', undo: this.#undo, error: this.#undoError });
    if (ending.end !== 'left') return { end: 'failed', error: cause };
    // The process ends for a reason of its own, and that is what its exit code tells.
    const isOwn = ending.error.kind === 'lease' || ending.error.kind === 'interrupted';
    return isOwn ? ending : { end: 'left', error: cause };
  }

  async #recordUndone(by: string): Promise<void> {
    for (const step of this.#ledger.changes().toReversed()) {
      if (!this.#ledger.entry(step).undone) await this.#scribe.after('step.undone', step, { by });
    }
  }

  /**
   * What an earlier process began is looked at before anything else is asked: a fence would fail on a
   * module that the earlier process has started, and has not recorded.
   */
  async #recall(track: Track): Promise<Ending | null> {
    for (const [index, { key }] of track.steps.entries()) {
      if (this.#ledger.openIntent(key) === null || !isToDo(track, index, this.#ledger)) continue;
      const ending = (await this.#look(track, index)) ?? (await this.#runner.recall(track, index));
      if (ending !== null) return ending;
    }
    return null;
  }

  /** Gates side by side are all asked, then refused together: an operator should see every reason at once. */
  async #walk(track: Track): Promise<Ending> {
    let refused: OrionError | null = null;
    const goesOn = this.#options.failures === 'go-on';
    for (const [index, step] of track.steps.entries()) {
      const isGate = step.kind.nature === 'gate';
      if (refused !== null && !isGate && !goesOn) break;
      if (!isToDo(track, index, this.#ledger)) {
        await this.#passBy(step);
        continue;
      }
      const ending = (await this.#look(track, index)) ?? (await this.#runner.do(track, index));
      if (ending === null) continue;
      if (ending.end !== 'failed') return ending;
      refused ??= ending.error;
      if (goesOn) continue;
      // While the module is down every second counts more than a complete list.
      if (!isGate || positionAt(track, index, this.#ledger) === 'inside') break;
    }
    return refused === null ? { end: 'complete' } : { end: 'failed', error: refused };
  }

  /** A step whose end was never recorded is done all the same, once the pause it stands in is over. */
  async #passBy({ key }: TrackStep): Promise<void> {
    if (this.#ledger.settled(key)) return;
    await this.#scribe.after('step.done', key, { observed: 'past' });
  }

  // ---- before each step: may the run go on?

  async #look(track: Track, index: number): Promise<Ending | null> {
    const { lease, interruption, commands } = this.#options;
    if (lease.aborted) return { end: 'left', error: leaseLost(lease, commands) };
    const requested = interruption.requested();
    const left: Ending = { end: 'left', error: interruptedRun(commands) };
    if (requested === 'now') return left;
    if (track.direction === 'undo') return null;
    const position = positionAt(track, index, this.#ledger);
    if (requested === 'graceful') {
      const way = wayAtSignal(position, goesOnToEnd(track, this.#ledger, this.#options));
      if (way === 'leave') return left;
      if (way === 'back') return this.#turnBack(track, index, left.error);
    }
    return this.#lookForHalt(track, index, position);
  }

  async #lookForHalt(track: Track, index: number, position: Position): Promise<Ending | null> {
    const error = await haltInForce(this.#options);
    if (error === null) return null;
    if (wayAtHalt(position, this.#options.undo !== null) === 'back') {
      return this.#turnBack(track, index, error);
    }
    if (this.#halted === null) this.#emit({ type: 'run.halted', reason: error.message });
    this.#halted = error.message;
    return null;
  }

  async #turnBack(track: Track, index: number, error: OrionError): Promise<Ending> {
    const step = track.steps[index];
    if (step === undefined) return { end: 'failed', error };
    return this.#runner.fail(track, step, error, { begun: false });
  }

  // ---- the end

  async #finish(cause: OrionError | null): Promise<RunResult> {
    // A run whose very beginning could not be stored has no end to record either.
    if (this.#ledger.started === null) return this.#told(this.#result(cause, false));
    const { outcome, exitCode, steps, undoSteps } = this.#result(cause, false);
    await this.#options.beforeEnd?.([...steps, ...undoSteps]);
    const stored = await this.#scribe.after('run.finished', null, {
      outcome,
      exitCode,
      error: cause && errorData(cause),
      undo: this.#undo,
      undoError: this.#undoError && errorData(this.#undoError),
    });
    return this.#told(this.#result(cause, !stored));
  }

  #leave(error: OrionError): RunResult {
    this.#scribe.close();
    return this.#told(this.#result(error, this.#ledger.started !== null));
  }

  #result(error: OrionError | null, open: boolean): RunResult {
    const results = (track: Track): RunResult['steps'] =>
      stepResults(track, this.#ledger, this.#runner.findings);
    return {
      run: this.#options.run,
      outcome: outcomeOf(error),
      exitCode: error?.exitCode ?? 0,
      error,
      undo: this.#undo,
      undoError: this.#undoError,
      open,
      halted: this.#halted,
      steps: results(this.#forward),
      undoSteps: this.#ledger.cause === null ? [] : results(this.#back),
    };
  }

  #told(result: RunResult): RunResult {
    const { outcome, exitCode, undo, open, error } = result;
    this.#emit({ type: 'run.finished', outcome, exitCode, undo, open, error });
    return result;
  }

  /** A fault in showing the run must not become a fault of the run. */
  #emit(event: RunHappening): void {
    try {
      this.#options.emit({ ...event, run: this.#options.run, text: eventText(event) });
    } catch {
      // Whoever shows events answers for their own errors.
    }
  }
}

const namesOf = ({ steps }: Track): { id: string; title: string }[] =>
  steps.map(({ id, title }) => ({ id, title }));
