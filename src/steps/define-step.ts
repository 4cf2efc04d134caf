import { type Finding, type JsonObject, OrionError } from '../problems/index.js';
import type { AnyContext, PhaseContext, StepContext } from './step-context.js';
import type { Action, Satisfied, StepKind, StepProgress } from './step-kind.js';

/*
 * A kind is made for runs about one module, or for runs about the whole migration; in a run of the other
 * sort there is nothing it could work on. `C` is the context it is made for.
 */

/** A kind that only looks: it throws when what it looks for does not hold, and returns its evidence. */
export interface LookingKind<C = StepContext> {
  readonly name: string;
  readonly summary: string;
  readonly nature: 'gate' | 'check' | 'fence';
  readonly expires?: 'until-start' | 'until-stop';
  /** What will be looked at, in words of this module. */
  readonly describe: (context: C, args: JsonObject) => string;
  readonly look: (
    context: C,
    report: (progress: StepProgress) => void,
    args: JsonObject,
  ) => Promise<JsonObject>;
  /** What is worth telling beside a look that passed. */
  readonly findings?: (result: JsonObject) => readonly Finding[];
  /** JSON Schema of the arguments; without it there are none. */
  readonly schema?: JsonObject;
}

/** A kind that changes something; the parts that a step kind need not have are filled in. */
export interface ChangingKind<C = StepContext> {
  readonly name: string;
  readonly summary: string;
  readonly pause?: 'begins' | 'ends';
  readonly plan: (context: C, args: JsonObject) => Promise<readonly string[]>;
  readonly capture: (context: C, args: JsonObject) => Promise<JsonObject>;
  readonly satisfied: (context: C, args: JsonObject, intent: JsonObject) => Promise<Satisfied>;
  readonly apply: (
    context: C,
    intent: JsonObject,
    report: (progress: StepProgress) => void,
    args: JsonObject,
  ) => Promise<JsonObject>;
  readonly verify?: (context: C, result: JsonObject) => Promise<readonly Finding[]>;
  readonly schema?: JsonObject;
}

export const lookingKind = (kind: LookingKind): StepKind => looking(kind, moduleContext);
export const changingKind = (kind: ChangingKind): StepKind => changing(kind, moduleContext);

/** The same for steps of runs about the whole migration. */
export const lookingPhaseKind = (kind: LookingKind<PhaseContext>): StepKind =>
  looking(kind, phaseContext);
export const changingPhaseKind = (kind: ChangingKind<PhaseContext>): StepKind =>
  changing(kind, phaseContext);

const NO_ARGUMENTS: JsonObject = { type: 'object', additionalProperties: false };

type Narrow<C> = (context: AnyContext) => C;

function looking<C>(kind: LookingKind<C>, of: Narrow<C>): StepKind {
  return {
    name: kind.name,
    summary: kind.summary,
    schema: kind.schema ?? NO_ARGUMENTS,
    nature: kind.nature,
    ...(kind.expires === undefined ? {} : { expires: kind.expires }),
    pause: 'none',
    plan: async (context, args) => actions(kind.name, [kind.describe(of(context), args)]),
    capture: async () => ({}),
    satisfied: async () => 'no',
    apply: (context, args, _intent, report) => kind.look(of(context), report, args),
    verify: async (_context, _args, _intent, result) => kind.findings?.(result) ?? [],
  };
}

function changing<C>(kind: ChangingKind<C>, of: Narrow<C>): StepKind {
  return {
    name: kind.name,
    summary: kind.summary,
    schema: kind.schema ?? NO_ARGUMENTS,
    nature: 'effect',
    pause: kind.pause ?? 'none',
    plan: async (context, args) => actions(kind.name, await kind.plan(of(context), args)),
    capture: (context, args) => kind.capture(of(context), args),
    satisfied: (context, args, intent) => kind.satisfied(of(context), args, intent),
    apply: (context, args, intent, report) => kind.apply(of(context), intent, report, args),
    verify: async (context, _args, _intent, result) =>
      (await kind.verify?.(of(context), result)) ?? [],
  };
}

function moduleContext(context: AnyContext): StepContext {
  if ('module' in context) return context;
  throw misplaced('one module');
}

function phaseContext(context: AnyContext): PhaseContext {
  if ('phase' in context) return context;
  throw misplaced('the whole migration');
}

function misplaced(what: string): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'runbook.misplaced',
    message: `This step is made for runs about ${what}, and stands in a runbook of another sort.`,
    hint: 'Nothing was changed by it. Compare the runbook with the one that is shipped.',
    next: ['orion-bus runbooks check'],
  });
}

function actions(name: string, texts: readonly string[]): readonly Action[] {
  return texts.map((text, at) => ({ id: `${name}.${at + 1}`, text, data: {} }));
}
