import type { Finding, JsonObject } from '../problems/index.js';
import type { Action, StepContext, StepProgress } from '../steps/index.js';
import type { TrackStep } from './track.js';

/** What became of a step that neither threw nor was ended from outside. */
export type StepOutcome =
  | { readonly how: 'done'; readonly result: JsonObject; readonly findings: readonly Finding[] }
  | { readonly how: 'skipped'; readonly intent: JsonObject }
  /** Begun by an earlier process, and reality does not show whether it took effect. */
  | { readonly how: 'cannot-tell' };

export interface StepWork {
  readonly step: TrackStep;
  readonly context: StepContext;
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
export async function carryOut(work: StepWork): Promise<StepOutcome> {
  const { step, context, signal } = work;
  // The plan is only shown here: where it cannot be made, the step itself says what is wrong.
  const actions = await planOf(step, context).catch(() => []);
  signal.throwIfAborted();
  work.planned(actions);
  return step.kind.nature === 'effect' ? change(work) : attest(work);
}

/** What a step would do: the one source of its words in a dry run, a confirmation and an execution. */
export function planOf(
  { kind, args }: TrackStep,
  context: StepContext,
): Promise<readonly Action[]> {
  return kind.plan(context, args);
}

/** Gates, checks and fences change nothing, so they have no before-image. */
async function attest({ step, context, signal, report }: StepWork): Promise<StepOutcome> {
  const { kind, args } = step;
  const result = await kind.apply(context, args, {}, report);
  signal.throwIfAborted();
  return { how: 'done', result, findings: await kind.verify(context, args, {}, result) };
}

async function change(work: StepWork): Promise<StepOutcome> {
  const { step, context, signal, openIntent } = work;
  const { kind, args } = step;
  // Never captured anew once there is an intent: it would take a half-done effect for the state before.
  const intent = openIntent ?? (await kind.capture(context, args));
  signal.throwIfAborted();
  const already = await kind.satisfied(context, args, intent);
  signal.throwIfAborted();
  if (openIntent === null) {
    if (already === 'yes') return { how: 'skipped', intent };
    await work.intend(intent);
    signal.throwIfAborted();
  } else {
    if (already === 'yes') return { how: 'done', result: { observed: 'satisfied' }, findings: [] };
    if (already === 'unknown') return { how: 'cannot-tell' };
  }
  const result = await kind.apply(context, args, intent, work.report);
  const findings = await kind.verify(context, args, intent, result);
  return { how: 'done', result, findings };
}
