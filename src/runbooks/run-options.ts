import type { Clock, JsonObject } from '../problems/index.js';
import type { AnyContext, StepMemory } from '../steps/index.js';
import type { Interruption } from './attempt.js';
import type { BoundStep } from './bind-runbook.js';
import type { Direction } from './direction.js';
import type { RunEvent } from './run-events.js';
import type { RunLog } from './run-log.js';
import type { RunResult } from './run-result.js';
import type { Runbook } from './runbook.js';
import type { StepKinds } from './step-kinds.js';

/**
 * end-run    it ends; what was changed is taken back, where there is a runbook for that
 * stay-open  once something is changed the run stays open, and the same command goes on
 * go-on      the other steps are carried out all the same, and the run stays open for those that failed
 */
export type FailurePolicy = 'end-run' | 'stay-open' | 'go-on';

export interface RunOptions {
  /** A new id, or the id of the open run in the log, which is then resumed. */
  readonly run: string;
  /** What `run.started` says of a new run, such as its verb and module. */
  readonly about: JsonObject;
  readonly runbook: Runbook;
  readonly steps: readonly BoundStep[];
  /** The `on-failure` runbook and its bound steps; null where there is none. */
  readonly undo: { readonly runbook: Runbook; readonly steps: readonly BoundStep[] } | null;
  /** What a failure of a step means for the run. */
  readonly failures: FailurePolicy;
  readonly kinds: StepKinds;
  readonly contextFor: ContextFor;
  readonly log: RunLog;
  /** Milliseconds of Redis's clock for the records; may reject, which is recorded as unknown. */
  readonly redisAt: () => Promise<number | null>;
  readonly clock: Clock;
  /** Aborted when the lease is lost. */
  readonly lease: AbortSignal;
  readonly interruption: Interruption;
  /** Reads whether a halt is in force; null for runs that a halt does not hold up, such as a rollback. */
  readonly halt: (() => Promise<Halt | null>) | null;
  /** The id of the step behind which a first INT or TERM goes on to the end of the pause; null = none. */
  readonly pointOfReturn: string | null;
  readonly commands: Commands;
  /** Told what the steps came to before the run's end is recorded: a kill in between has it told again. */
  readonly beforeEnd: ((steps: RunResult['steps']) => Promise<void>) | null;
  readonly emit: (event: RunEvent) => void;
}

/** Makes what a step may touch. Called for each step, since each has a signal of its own. */
export type ContextFor = (view: StepView) => AnyContext;

export interface StepView {
  readonly run: string;
  readonly direction: Direction;
  readonly step: string;
  readonly signal: AbortSignal;
  /** What earlier steps of this direction intended and observed. */
  readonly earlier: StepMemory;
  /** In an undo, the same of the steps that it takes back; null in the forward direction. */
  readonly undoing: StepMemory | null;
}

export interface Halt {
  readonly reason: string;
}

/** The two commands that are legal on an open run, as they are typed. */
export interface Commands {
  readonly again: string;
  readonly back: string;
}
