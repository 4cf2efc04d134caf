import type { SideName } from '../facts/index.js';

/*
 * What the journal remembers, as far as verdicts need it. It is derived from the records by the room
 * that reads them, so that the checks stay pure.
 */

export interface MigrationHistory {
  /** By module name; a module that no run ever touched is absent. */
  readonly modules: ReadonlyMap<string, ModuleHistory>;
  /** Redis's time, in ms, at which phase 1 was started and its checks had passed. */
  readonly phase1SinceMs: number | null;
  /** The longest time between a stop and its start, in ms; null before the first. */
  readonly longestPauseMs: number | null;
  readonly phases: PhaseHistory;
  readonly halt: Halt | null;
  readonly openRun: OpenRun | null;
  /** The part of the open run that is about one service and is not finished either. */
  readonly openPart: OpenRun | null;
}

/** How far the runs about the whole migration have come. */
export interface PhaseHistory {
  readonly phase1: PhaseProgress;
  readonly cutover: PhaseProgress;
  /** Redis's time, in ms, at which the cutover had ended and the burn-in began. */
  readonly burnInSinceMs: number | null;
  readonly finalize: PhaseProgress;
  /** The phase whose rollback is not finished. */
  readonly goingBack: 1 | 2 | 3 | null;
}

/** `begun`: something was changed, and neither brought to its end nor taken back. */
export type PhaseProgress = 'none' | 'begun' | 'done';

export interface ModuleHistory {
  /** The side on which the last finished run left it; null where the last run's undo failed. */
  readonly side: SideName | null;
  /** Redis's time, in ms, at which its flow on target had passed; null while on source. */
  readonly soakSinceMs: number | null;
  /** The undo of its last run failed: it may be down. */
  readonly stranded: boolean;
}

export interface Halt {
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

export interface OpenRun {
  readonly run: string;
  readonly verb: string;
  readonly module: string | null;
}
