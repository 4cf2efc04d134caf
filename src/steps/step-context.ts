import type { MigrationHistory } from '../checks/index.js';
import type { Contracts } from '../contracts/index.js';
import type { ModulePlan, Plan, SettingPlan, SideName } from '../facts/index.js';
import type { Clock, JsonObject } from '../problems/index.js';
import type { Capabilities, RedisLink, StreamKey } from '../redis/index.js';
import type { Services } from '../services/index.js';

/** Everything a step may touch, handed in: it opens nothing and reads no environment. */
export interface RunContext {
  readonly plan: Plan;
  readonly redis: RedisLink;
  readonly capabilities: Capabilities;
  readonly services: Services;
  readonly contracts: () => Promise<Contracts>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly history: MigrationHistory;
  readonly run: RunView;
  readonly options: MoveOptions;
  /** Puts this run's fencing token beside the streams, so that scripts of an older holder are refused. */
  readonly guard: (streams: readonly StreamKey[]) => Promise<void>;
  /** Writes a record of its own into the journal, before anything it speaks of is touched. */
  readonly record: (type: NoteType, data: JsonObject) => Promise<void>;
}

/** What a step of a run about one service may touch. */
export interface StepContext extends RunContext {
  /** The module this run moves, and from which side to which. */
  readonly module: ModulePlan;
  readonly giving: SideName;
  readonly receiving: SideName;
  /**
   * Whether the module is on the receiving side already, where that is known beforehand: in a settle,
   * or where readers and settings disagree. Null: its settings tell.
   */
  readonly handedOver: boolean | null;
  /** Settings of the same service that decide where it publishes to; edited in the same pause. */
  readonly publishes: PublishingEdit | null;
}

export interface PublishingEdit {
  readonly settings: readonly SettingPlan[];
  readonly from: SideName;
  readonly to: SideName;
}

/** What a step of a run about the whole migration may touch. */
export interface PhaseContext extends RunContext {
  readonly phase: PhaseHands;
}

/** What such a step cannot do by itself, since it takes runs, evidence or an operator. */
export interface PhaseHands {
  /** What the pause of one service would do, as texts; empty where nothing is to do. */
  readonly describe: (part: Part) => Promise<readonly string[]>;
  /**
   * Carries it out, as a run of its own within this one, or goes on with it.
   * @throws {OrionError} when it failed; the service was then put back, as far as that could be done
   */
  readonly carryOut: (
    part: Part,
    report: (progress: { readonly text: string }) => void,
  ) => Promise<JsonObject>;
  /** The figures of the source bus; captured now where there are none yet. */
  readonly baseline: (signal: AbortSignal) => Promise<JsonObject>;
  /**
   * The report of the whole migration, as texts, with the success metrics filled in.
   * @param nowMs up to when, by Redis's clock
   */
  readonly report: (nowMs: number) => Promise<{ readonly markdown: string; readonly json: string }>;
  /** Publishers whose change is made by hand, and of which the operator said that it is made. */
  readonly doneByHand: ReadonlySet<string>;
}

/** The share of one service in a run about the whole migration; each has a pause of its own. */
export type Part =
  | { readonly kind: 'module-back'; readonly module: string }
  | { readonly kind: 'publisher'; readonly publisher: string; readonly side: SideName };

/** A step is carried out in the context of its run, and says which it can do with. */
export type AnyContext = StepContext | PhaseContext;

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
