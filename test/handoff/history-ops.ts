import fc from 'fast-check';

/* What may happen in a history, as plain values, so that a failing one can be shortened and printed. */

export const STREAMS = 2;
const CONSUMERS = 3;

export interface History {
  /** Whether live consumers of a side claim what dead ones left. */
  readonly resumes: { readonly source: boolean; readonly target: boolean };
  /** Where the target's groups stand at first; null where there are none. */
  readonly targetAt: 'beginning' | 'tip' | null;
  readonly ops: readonly Op[];
}

export type Op =
  | { readonly op: 'publish'; readonly stream: number; readonly count: number }
  | {
      readonly op: 'read';
      readonly stream: number;
      readonly consumer: number;
      readonly count: number;
    }
  /** Out of order: each pick is an index into what is in hand. */
  | { readonly op: 'acknowledge'; readonly stream: number; readonly picks: readonly number[] }
  | { readonly op: 'kill'; readonly consumer: number }
  | { readonly op: 'delete'; readonly stream: number; readonly pick: number }
  | { readonly op: 'trim'; readonly stream: number; readonly keep: number }
  /** A live consumer claims what nobody alive has in hand, where its side does that. */
  | { readonly op: 'sweep'; readonly stream: number; readonly consumer: number }
  /** Somebody reads from the group that is not in use, and may acknowledge. */
  | {
      readonly op: 'stray';
      readonly stream: number;
      readonly count: number;
      readonly acks: boolean;
    }
  /** The cursor is set back by hand, as far as what was just delivered. */
  | { readonly op: 'set-back'; readonly stream: number; readonly count: number }
  | ({ readonly op: 'move' | 'settle' } & Handoff);

export interface Handoff {
  /** The tool's process ends after so many commands to Redis; null where it does not. */
  readonly crashAfter: number | null;
  /** What is done about it; `resume` may crash once more. */
  readonly afterCrash: 'resume' | 'undo';
  readonly crashAgainAfter: number | null;
  /** Published on each stream while the tool was down. */
  readonly meanwhile: number;
  /** A consumer started by hand on the giving group: before the turn, or between turn and start. */
  readonly handStart: {
    readonly when: 'before-turn' | 'after-turn';
    readonly count: number;
  } | null;
}

const stream = fc.nat({ max: STREAMS - 1 });
const consumer = fc.nat({ max: CONSUMERS - 1 });
const count = fc.integer({ min: 1, max: 10 });
const pick = fc.nat({ max: 20 });
// Two streams take 12 to 20 commands, so that most crashes come before the end.
const crashAfter = fc.option(fc.nat({ max: 22 }), { freq: 2 });

const handoff = {
  crashAfter,
  afterCrash: fc.constantFrom('resume' as const, 'undo' as const),
  crashAgainAfter: crashAfter,
  meanwhile: fc.nat({ max: 3 }),
  handStart: fc.option(
    fc.record({ when: fc.constantFrom('before-turn' as const, 'after-turn' as const), count }),
    { freq: 2 },
  ),
};

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('publish' as const), stream, count }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('read' as const), stream, consumer, count }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('acknowledge' as const),
      stream,
      picks: fc.array(pick, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('kill' as const), consumer }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), stream, pick }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('trim' as const), stream, keep: pick }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('sweep' as const), stream, consumer }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('stray' as const), stream, count, acks: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('set-back' as const), stream, count }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('move' as const), ...handoff }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('settle' as const), ...handoff }) },
);

export const anyHistory: fc.Arbitrary<History> = fc.record({
  resumes: fc.record({ source: fc.boolean(), target: fc.boolean() }),
  targetAt: fc.constantFrom('beginning' as const, 'tip' as const, null),
  ops: fc.array(op, { minLength: 5, maxLength: 40, size: 'max' }),
});
