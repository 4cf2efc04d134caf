import type { Finding, JsonObject } from '../problems/index.js';
import type { AnyContext } from './step-context.js';

/*
 * A step kind is one sort of action a runbook may contain. The dry run, the plan shown for
 * confirmation, the execution and the resume all go through the same five functions, so their words
 * cannot drift apart.
 */
export interface StepKind {
  /** The word after `uses:` in a runbook. */
  readonly name: string;
  readonly summary: string;
  /** JSON Schema (draft 2020-12, a closed object) of the step's `with`. */
  readonly schema: JsonObject;
  /**
   * Gates, checks and fences say whether something holds; what they said expires until the module
   * has been started again. An effect changes something, and is undone when the run fails later.
   */
  readonly nature: 'gate' | 'check' | 'fence' | 'effect';
  /** `begins`: stops the service; `ends`: starts it again. Between the two the module is down. */
  readonly pause: 'begins' | 'ends' | 'none';
  /** Until when what it said holds: by default until the start, for `until-stop` until the stop. */
  readonly expires?: 'until-start' | 'until-stop';
  /** What the step would do now, in the order in which it would do it. Reads only. */
  plan(context: AnyContext, args: JsonObject): Promise<readonly Action[]>;
  /** The whole before-image, journaled as the intent before the effect. Reads only. */
  capture(context: AnyContext, args: JsonObject): Promise<JsonObject>;
  /** Whether reality already is as the intent wanted it; `unknown` stops a resume. */
  satisfied(context: AnyContext, args: JsonObject, intent: JsonObject): Promise<Satisfied>;
  /** Does it, and returns what was observed. Throws `OrionError` when it cannot be done. */
  apply(
    context: AnyContext,
    args: JsonObject,
    intent: JsonObject,
    report: (progress: StepProgress) => void,
  ): Promise<JsonObject>;
  /** Looks again; a `fail` among the findings fails the step. */
  verify(
    context: AnyContext,
    args: JsonObject,
    intent: JsonObject,
    result: JsonObject,
  ): Promise<readonly Finding[]>;
}

export type Satisfied = 'yes' | 'no' | 'unknown';

/** One thing a step will do, as text for people and as data for machines. */
export interface Action {
  readonly id: string;
  readonly text: string;
  readonly data: JsonObject;
}

export interface StepProgress {
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
}
