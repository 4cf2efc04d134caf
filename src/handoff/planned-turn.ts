import type { Capabilities, RedisLink } from '../redis/index.js';
import type { StreamState } from './group-state.js';
import type { TurnPlan } from './turn-plan.js';

export interface HandOverOptions {
  readonly link: RedisLink;
  readonly capabilities: Capabilities;
  /** The fencing token of the lease; the copies beside the streams must hold it. */
  readonly token: number;
  readonly stateDir: string;
  /** Who holds moved entries in the receiving groups (`carrierOf`). */
  readonly carrier: string;
}

/** One stream's plan, with the state it was made from. */
export interface PlannedTurn {
  readonly state: StreamState;
  readonly plan: TurnPlan;
}
