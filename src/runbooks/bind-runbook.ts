import type { Json, JsonObject } from '../problems/index.js';
import { DURATION_RULE, durationMs } from './duration.js';
import { isStepExit, lineOf, type Runbook, type RunbookStep, type StepExit } from './runbook.js';
import { RunbookError, type RunbookProblem } from './runbook-error.js';
import { bindTemplates, bindText, lookUp, wholeTemplate } from './template.js';

/** A step as it is carried out: everything looked up, one for each item of a `for-each`. */
export interface BoundStep {
  /** The id in the runbook, with `[key]` behind it where the step is repeated. */
  readonly id: string;
  /** The id in the runbook. */
  readonly base: string;
  readonly title: string;
  /** The name of the step kind. */
  readonly kind: string;
  readonly args: JsonObject;
  /** Null = as long as it takes. */
  readonly timeoutMs: number | null;
  readonly exit: StepExit | null;
  /** What to type when the tool cannot run. */
  readonly byHand: string | null;
}

/**
 * Fills the values of one run into a runbook.
 * @param values the context of the templates; see `contextValues`
 * @throws {RunbookError} with every path that leads nowhere and every value that does not fit
 */
export function bindRunbook(runbook: Runbook, values: JsonObject): readonly BoundStep[] {
  const problems: RunbookProblem[] = [];
  const steps = runbook.steps.flatMap((step) => {
    const refuse = (part: string, message: string): void =>
      void problems.push({ file: runbook.file, line: lineOf(step.lines, part), message });
    return repetitions(step, values, refuse).map(({ key, context }) =>
      bindStep(step, key, context, refuse),
    );
  });
  if (problems.length > 0) throw new RunbookError(problems);
  return steps;
}

export type Refuse = (part: string, message: string) => void;

interface Repetition {
  /** Null where the step is not repeated. */
  readonly key: string | null;
  readonly context: JsonObject;
}

/** The contexts a step is carried out in: one, or one for each item of its list. */
export function repetitions(
  step: RunbookStep,
  values: JsonObject,
  refuse: Refuse,
): readonly Repetition[] {
  const path = step.forEach === null ? null : wholeTemplate(step.forEach);
  if (path === null) return [{ key: null, context: values }];
  const list = lookUp(path, values);
  if ('problem' in list) refuse('for-each', list.problem);
  else if (!Array.isArray(list.found)) refuse('for-each', `"${path}" is no list`);
  else return keyed(list.found).map(([key, item]) => ({ key, context: { ...values, item } }));
  return [];
}

/**
 * Names the items after what they are, so that a list read again in another order gives the same step
 * ids to a resume; by number only where the names are not one for each.
 */
function keyed(items: readonly Json[]): [key: string, item: Json][] {
  const named = items.map((item): [string | null, Json] => [nameOf(item), item]);
  const names = new Set(named.map(([name]) => name));
  const usable = !names.has(null) && names.size === items.length;
  return named.map(([name, item], index) => [
    usable && name !== null ? name : `${index + 1}`,
    item,
  ]);
}

function nameOf(item: Json): string | null {
  if (typeof item !== 'object' || item === null) return String(item);
  if (Array.isArray(item)) return null;
  const named = item as JsonObject; // Array.isArray does not narrow a readonly array away.
  const name = ['name', 'type', 'id', 'stream', 'key']
    .map((key) => named[key])
    .find((value) => typeof value === 'string');
  return typeof name === 'string' ? name : null;
}

/** Binds one step in one context; what does not fit is refused, and a step of the same shape returned. */
export function bindStep(
  step: RunbookStep,
  key: string | null,
  context: JsonObject,
  refuse: Refuse,
): BoundStep & { readonly filled: readonly string[] } {
  const args = bindTemplates(step.with, context);
  for (const { place, message } of args.problems) refuse(`with.${place}`, message);
  const exit = step.exit === null || isStepExit(step.exit) ? step.exit : null;
  if (step.exit !== exit) refuse('exit', `"exit" must be 1, 2, 3 or 4, not ${step.exit}`);
  return {
    id: key === null ? step.id : `${step.id}[${key}]`,
    base: step.id,
    title: lenient(step.title, context),
    kind: step.uses,
    // Binding keeps the shape, so that a map stays a map.
    args: args.value as JsonObject,
    timeoutMs: timeoutOf(step, context, refuse),
    exit,
    byHand: step.byHand === null ? null : lenient(step.byHand, context),
    filled: args.filled,
  };
}

function timeoutOf(step: RunbookStep, context: JsonObject, refuse: Refuse): number | null {
  if (step.timeout === null) return null;
  const bound = bindTemplates(step.timeout, context);
  for (const { message } of bound.problems) refuse('timeout', message);
  const ms = durationMs(bound.value);
  if (ms === null && bound.problems.length === 0) {
    refuse('timeout', `"timeout" must be ${DURATION_RULE}, not ${JSON.stringify(bound.value)}`);
  }
  return ms;
}

/** Texts for people never stop a run: a template that leads nowhere is shown as it is written. */
function lenient(text: string, context: JsonObject): string {
  const bound = bindText(text, context);
  return 'found' in bound ? String(bound.found) : text;
}
