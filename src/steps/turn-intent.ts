import {
  type LossSample,
  lossSampleOf,
  type MovedEntry,
  type PlannedTurn,
} from '../handoff/index.js';
import type { JsonObject } from '../problems/index.js';

/** What a turn wanted, with everything needed to take it back: the before-image in the journal. */
export interface TurnIntent {
  readonly announced: number;
  readonly streams: readonly StreamIntent[];
}

export interface StreamIntent {
  readonly stream: string;
  readonly type: string;
  readonly giving: string;
  readonly receiving: string;
  readonly cursor: string;
  readonly givingCursor: string;
  readonly receivingCursor: string;
  readonly givingPending: readonly MovedEntry[];
  readonly receivingPending: readonly MovedEntry[];
  /** Entries moved one by one, as they were in the giving group. */
  readonly move: readonly MovedEntry[];
  /** What the giving group had lost by then: the turn itself wipes the evidence out. */
  readonly loss: LossSample;
}

/** The journal's form of planned turns. */
export function turnIntent(turns: readonly PlannedTurn[]): JsonObject {
  const intent: TurnIntent = {
    announced: turns.reduce((sum, { plan }) => sum + plan.announced, 0),
    streams: turns.map(({ state, plan }) => {
      const image = (entries: typeof plan.move): MovedEntry[] =>
        entries.map(({ id, consumer, idleMs, deliveries }) => ({
          id,
          consumer,
          deliveredAtMs: state.look.atMs - idleMs,
          deliveries,
        }));
      return {
        stream: state.handoff.stream,
        type: state.handoff.type,
        giving: state.handoff.giving,
        receiving: state.handoff.receiving,
        cursor: plan.cursor,
        givingCursor: state.giving?.cursor ?? '',
        receivingCursor: state.receiving?.cursor ?? '',
        givingPending: image(state.giving?.pending ?? []),
        receivingPending: image(state.receiving?.pending ?? []),
        move: image(plan.move),
        loss: lossSampleOf(state),
      };
    }),
  };
  // Plain data already; the round trip gives it the journal's type without a cast of each field.
  return JSON.parse(JSON.stringify(intent)) as JsonObject;
}

/** Reads an intent back from the journal; none at all is an empty one. */
export function turnOf(intent: JsonObject | null): TurnIntent {
  if (intent === null) return { announced: 0, streams: [] };
  // Written by `turnIntent` above and protected by the journal's hash chain since.
  return intent as unknown as TurnIntent;
}
