import type { MigrationHistory } from '../checks/index.js';
import type { Contracts } from '../contracts/index.js';
import type { ModulePlan, Plan, SideName } from '../facts/index.js';
import type { Clock, JsonObject } from '../problems/index.js';
import type { Capabilities, RedisLink, StreamKey } from '../redis/index.js';
import type { Services } from '../services/index.js';

/** Everything a step may touch, handed in: it opens nothing and reads no environment. */
export interface StepContext {
  readonly plan: Plan;
  readonly redis: RedisLink;
  readonly capabilities: Capabilities;
  readonly services: Services;
  readonly contracts: () => Promise<Contracts>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly history: MigrationHistory;
  readonly run: RunView;
  /** The module this run moves, and from which side to which. */
  readonly module: ModulePlan;
  readonly giving: SideName;
  readonly receiving: SideName;
  readonly options: MoveOptions;
  /**
   * Whether the module is on the receiving side already, where that is known beforehand: in a settle,
   * or where readers and settings disagree. Null: its settings tell.
   */
  readonly handedOver: boolean | null;
  /** Puts this run's fencing token beside the streams, so that scripts of an older holder are refused. */
  readonly guard: (streams: readonly StreamKey[]) => Promise<void>;
  /** Writes a record of its own into the journal, before anything it speaks of is touched. */
  readonly record: (type: NoteType, data: JsonObject) => Promise<void>;
}

export type NoteType = 'ghosts' | 'stale' | 'verdict' | 'gate.overridden';

/** What the operator allowed on the command line. */
export interface MoveOptions {
  /** `--start`: the module may be down; it is started at the end. */
  readonly start: boolean;
  /** `--missing-group`: where a listed stream without its group begins. */
  readonly missingGroup: 'beginning' | 'tip' | null;
  /** `--accept-duplicates`: how many messages a rollback without its giving group may repeat. */
  readonly acceptDuplicates: number;
  /** `--override GATE --reason TEXT`, by gate. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** The run as its own steps see it. */
export interface RunView {
  readonly id: string;
  readonly verb: string;
  /** The fencing token of the lease; every script that changes a stream checks it. */
  readonly token: number;
  /** What earlier steps of this run wanted and observed, by step id. */
  readonly earlier: StepMemory;
  /** The same of the run that this one takes back; empty when there is none. */
  readonly undoing: StepMemory;
}

export interface StepMemory {
  intent(step: string): JsonObject | null;
  result(step: string): JsonObject | null;
}
