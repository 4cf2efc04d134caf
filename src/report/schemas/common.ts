import { anything, count, flag, list, maybe, oneOf, record, type Shape, text } from './shape.js';

/** Shapes that the documents of several commands have in common. */

export const exitCode = oneOf(0, 1, 2, 3, 4, 64, 70, 130);

/** What every verdict says of itself. */
export const verdict = { ok: flag, exitCode } as const;

const error = record({ kind: text, code: text, message: text, hint: maybe(text) });

export const finding = record(
  { id: text, status: oneOf('pass', 'warn', 'fail', 'skip'), message: text },
  { hint: text, value: anything },
);

export const gate = record({
  gate: text,
  verdict: oneOf('pass', 'fail', 'inconclusive', 'error'),
});

/** What a changing command would do: the answer of a dry run, and beside a refusal. */
export const planned = record({ plan: anything }, { gates: list(gate), wouldExit: exitCode });

/** What went wrong, alone or beside the result that there is all the same. */
export const failed = record({ ok: { const: false }, exitCode, error });

export const halt = record({ reason: text, by: text, at: text });

export const place = { stream: text, group: text } as const;

export const step = record({ id: text, status: text, data: anything });

/** What every document has. */
export const envelope = { v: { const: 1 }, next: list(text) } as const;

export const journal: Readonly<Record<string, Shape>> = {
  path: text,
  journal: maybe(text),
  count,
  torn: anything,
  damage: anything,
};
