import type { Finding, JsonObject } from '../problems/index.js';
import type { Action, AnyContext, StepProgress } from '../steps/index.js';
import type { TrackStep } from './track.js';

/** What became of a step that neither threw nor was ended from outside. */
export type StepOutcome =
  | { readonly how: 'done'; readonly result: JsonObject; readonly findings: readonly Finding[] }
  | { readonly how: 'skipped'; readonly intent: JsonObject }
  | Exclude<Recalled, { readonly how: 'done' }>;

/** What reality shows of an effect that an earlier process began. */
export type Recalled =
  | { readonly how: 'done'; readonly result: JsonObject; readonly findings: readonly Finding[] }
  /** It is not in effect, or not wholly: it is still to be done. */
  | { readonly how: 'open' }
  | { readonly how: 'cannot-tell' };

export interface StepAttempt {
  readonly step: TrackStep;
  readonly context: AnyContext;
  readonly signal: AbortSignal;
  /** The before-image of an earlier attempt; null when this is the first. */
  readonly openIntent: JsonObject | null;
  /** Puts the before-image on the disk; throws when it cannot. */
  readonly intend: (intent: JsonObject) => Promise<void>;
  readonly planned: (actions: readonly Action[]) => void;
  readonly report: (progress: StepProgress) => void;
}

/**
 * Carries out one step. The signal is looked at after every wait: behind an abort nothing more is begun,
 * and nothing written.
 */
export async function carryOut(attempt: StepAttempt): Promise<StepOutcome> {
  const { step, context, signal } = attempt;
  // The plan is only shown here: where it cannot be made, the step itself says what is wrong.
  const actions = await planOf(step, context).catch(() => []);
  signal.throwIfAborted();
  attempt.planned(actions);
  if (step.kind.nature !== 'effect') return attest(attempt);
  return attempt.openIntent === null ? begin(attempt) : goOn(attempt, attempt.openIntent);
}

/** What a step would do: the one source of its words in a dry run, a confirmation and an execution. */
export function planOf({ kind, args }: TrackStep, context: AnyContext): Promise<readonly Action[]> {
  return kind.plan(context, args);
}

/** Asks reality what became of an effect that an earlier process began; nothing is changed. */
export async function recall(
  { step, context, signal }: Pick<StepAttempt, 'step' | 'context' | 'signal'>,
  intent: JsonObject,
): Promise<Recalled> {
  const already = await step.kind.satisfied(context, step.args, intent);
  signal.throwIfAborted();
  if (already === 'unknown') return { how: 'cannot-tell' };
  if (already === 'no') return { how: 'open' };
  return { how: 'done', result: { observed: 'satisfied' }, findings: [] };
}

/** Gates, checks and fences change nothing, so they have no before-image. */
async function attest({ step, context, signal, report }: StepAttempt): Promise<StepOutcome> {
  const { kind, args } = step;
  const result = await kind.apply(context, args, {}, report);
  signal.throwIfAborted();
  return { how: 'done', result, findings: await kind.verify(context, args, {}, result) };
}

async function begin(attempt: StepAttempt): Promise<StepOutcome> {
  const { step, context, signal } = attempt;
  const intent = await step.kind.capture(context, step.args);
  signal.throwIfAborted();
  const already = await step.kind.satisfied(context, step.args, intent);
  signal.throwIfAborted();
  if (already === 'yes') return { how: 'skipped', intent };
  await attempt.intend(intent);
  signal.throwIfAborted();
  return change(attempt, intent);
}

/** By the same before-image: a new one would take a half-done effect for the state before. */
async function goOn(attempt: StepAttempt, intent: JsonObject): Promise<StepOutcome> {
  const recalled = await recall(attempt, intent);
  return recalled.how === 'open' ? change(attempt, intent) : recalled;
}

async function change(attempt: StepAttempt, intent: JsonObject): Promise<StepOutcome> {
  const { step, context, report } = attempt;
  const result = await step.kind.apply(context, step.args, intent, report);
  const findings = await step.kind.verify(context, step.args, intent, result);
  return { how: 'done', result, findings };
}
