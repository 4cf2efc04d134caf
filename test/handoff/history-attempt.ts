import type { MovedEntry, PlannedTurn, StreamHandoff } from '../../src/handoff/index.js';
import { groupName, streamKey } from '../../src/redis/index.js';
import { type Handoff, STREAMS } from './history-ops.js';

export type Side = 'source' | 'target';

export const streams = Array.from({ length: STREAMS }, (_, i) => streamKey(`orion:stream-${i}s`));

/** One handoff from its first plan to its end, with what a journal would have kept of it. */
export class Attempt {
  readonly op: Handoff;
  readonly sides: { readonly side: Side; readonly to: Side };
  readonly handoffs: readonly StreamHandoff[];
  readonly journaled: (MovedEntry & { readonly stream: string })[] = [];
  announced = 0;

  constructor(op: Handoff, sides: { readonly side: Side; readonly to: Side }) {
    this.op = op;
    this.sides = sides;
    this.handoffs = streams.map((stream, at) => ({
      stream,
      type: `stream-${at}`,
      giving: groupName(sides.side),
      receiving: groupName(sides.to),
    }));
  }

  keep(plans: readonly PlannedTurn[]): void {
    const announced = plans.reduce((sum, { plan }) => sum + plan.announced, 0);
    // A handoff that is done again after a crash may find nothing left to announce.
    this.announced = Math.max(this.announced, announced);
    for (const { state, plan } of plans) {
      const { stream } = state.handoff;
      for (const { id, consumer, idleMs, deliveries } of plan.move) {
        if (this.journaled.some((entry) => entry.stream === stream && entry.id === id)) continue;
        const deliveredAtMs = state.look.atMs - idleMs;
        this.journaled.push({ stream, id, consumer, deliveredAtMs, deliveries });
      }
    }
  }
}
