import type { Finding, JsonObject } from '../problems/index.js';
import type { StepContext } from './step-context.js';
import type { Action, StepKind, StepProgress } from './step-kind.js';

/** A kind that only looks: it throws when what it looks for does not hold, and returns its evidence. */
export interface LookingKind {
  readonly name: string;
  readonly summary: string;
  readonly nature: 'gate' | 'check' | 'fence';
  readonly expires?: 'until-start' | 'until-stop';
  /** What will be looked at, in words of this module. */
  readonly describe: (context: StepContext) => string;
  readonly look: (
    context: StepContext,
    report: (progress: StepProgress) => void,
  ) => Promise<JsonObject>;
}

/** A kind that changes something; the parts that a step kind need not have are filled in. */
export interface ChangingKind {
  readonly name: string;
  readonly summary: string;
  readonly pause?: 'begins' | 'ends';
  readonly plan: (context: StepContext) => Promise<readonly string[]>;
  readonly capture: (context: StepContext) => Promise<JsonObject>;
  readonly satisfied: StepKind['satisfied'];
  readonly apply: (
    context: StepContext,
    intent: JsonObject,
    report: (progress: StepProgress) => void,
  ) => Promise<JsonObject>;
  readonly verify?: (context: StepContext, result: JsonObject) => Promise<readonly Finding[]>;
}

const NO_ARGUMENTS: JsonObject = { type: 'object', additionalProperties: false };

export function lookingKind(kind: LookingKind): StepKind {
  return {
    name: kind.name,
    summary: kind.summary,
    schema: NO_ARGUMENTS,
    nature: kind.nature,
    ...(kind.expires === undefined ? {} : { expires: kind.expires }),
    pause: 'none',
    plan: async (context) => actions(kind.name, [kind.describe(context)]),
    capture: async () => ({}),
    satisfied: async () => 'no',
    apply: (context, _args, _intent, report) => kind.look(context, report),
    verify: async () => [],
  };
}

export function changingKind(kind: ChangingKind): StepKind {
  return {
    name: kind.name,
    summary: kind.summary,
    schema: NO_ARGUMENTS,
    nature: 'effect',
    pause: kind.pause ?? 'none',
    plan: async (context) => actions(kind.name, await kind.plan(context)),
    capture: (context) => kind.capture(context),
    satisfied: kind.satisfied,
    apply: (context, _args, intent, report) => kind.apply(context, intent, report),
    verify: async (context, _args, _intent, result) => (await kind.verify?.(context, result)) ?? [],
  };
}

function actions(name: string, texts: readonly string[]): readonly Action[] {
  return texts.map((text, at) => ({ id: `${name}.${at + 1}`, text, data: {} }));
}
