import type { SideName } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { changingPhaseKind } from './define-step.js';
import { freshMessage, freshMessageFinding } from './fresh-message.js';
import type { Part, PhaseContext } from './step-context.js';

/* The share of one service: a run of its own within this one, with a pause of its own. */

const NAME = { type: 'string', minLength: 1 };

export const moduleBack = changingPhaseKind({
  name: 'module-back',
  summary: 'Puts one module back on the source, with where it publishes to, in one pause.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['module'],
    properties: { module: NAME },
  },
  plan: ({ phase }, args) => phase.describe(moduleOf(args)),
  capture: async () => ({}),
  satisfied: async ({ phase }, args) =>
    (await phase.describe(moduleOf(args))).length === 0 ? 'yes' : 'no',
  apply: ({ phase }, _intent, report, args) => phase.carryOut(moduleOf(args), report),
});

/** Guide, phase 3: publishers one by one, and proof that what they publish arrives and is valid. */
export const publisher = changingPhaseKind({
  name: 'publisher',
  summary: 'Points one publisher to the other bus, and sees a fresh, valid message of it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['publisher', 'side'],
    properties: { publisher: NAME, side: { enum: ['source', 'target'] } },
  },
  async plan(context, args) {
    const part = publisherOf(args);
    if (wentWithModule(context, part)) return [];
    if (!isByHand(context, part.publisher)) return context.phase.describe(part);
    if (isUntouchedByHand(context, part)) return [];
    return context.phase.doneByHand.has(part.publisher)
      ? [`${part.publisher} was changed by hand, as the operator says`]
      : [`change ${part.publisher} by hand, then say --done ${part.publisher}`];
  },
  capture: async () => ({}),
  async satisfied(context, args) {
    const part = publisherOf(args);
    if (wentWithModule(context, part)) return 'yes';
    if (isByHand(context, part.publisher)) return isUntouchedByHand(context, part) ? 'yes' : 'no';
    // Begun by an earlier process: moved perhaps, but nothing was seen of its messages yet.
    const begun = context.run.earlier.intent(stepOf(part.publisher)) !== null;
    const proof = begun && part.side === 'target';
    return !proof && (await context.phase.describe(part)).length === 0 ? 'yes' : 'no';
  },
  async apply(context, _intent, report, args) {
    const part = publisherOf(args);
    const byHand =
      isByHand(context, part.publisher) && context.phase.doneByHand.has(part.publisher);
    const done = byHand ? { byHand: true } : await context.phase.carryOut(part, report);
    if (part.side === 'source') return done;
    return { ...done, fresh: { ...(await freshMessage(context, part.publisher, report)) } };
  },
  verify: async (_context, { fresh }) => freshMessageFinding(fresh),
});

const moduleOf = ({ module }: JsonObject): Part => ({
  kind: 'module-back',
  module: String(module),
});

function publisherOf({ publisher: name, side }: JsonObject): {
  kind: 'publisher';
  publisher: string;
  side: SideName;
} {
  return {
    kind: 'publisher',
    publisher: String(name),
    side: side === 'source' ? 'source' : 'target',
  };
}

function isByHand({ plan }: PhaseContext, name: string): boolean {
  return plan.publishers.find((each) => each.name === name)?.settings.length === 0;
}

/** On the way back a service is paused once: one that also reads went, or failed, with its module. */
function wentWithModule(
  { plan }: PhaseContext,
  { publisher: name, side }: { readonly publisher: string; readonly side: SideName },
): boolean {
  const service = plan.publishers.find((each) => each.name === name)?.service;
  return side === 'source' && plan.modules.some((module) => module.service === service);
}

/** The step of a publisher, as the runbooks name it. */
const stepOf = (publisher: string): string => `publisher[${publisher}]`;

/** What nobody has changed by hand needs not be changed back. */
function isUntouchedByHand(
  { run }: PhaseContext,
  { publisher: name, side }: { readonly publisher: string; readonly side: SideName },
): boolean {
  return side === 'source' && run.undoing.result(stepOf(name))?.['byHand'] !== true;
}
