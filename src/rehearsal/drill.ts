import type { Config } from '../config/index.js';
import type { ExitCode } from '../problems/index.js';

/**
 * What the rehearsal exercises: the verbs of the migration, as an operator would type them. None of
 * them throws for what an exit code can say.
 */
export interface Drill {
  phase1Start(report: Report): Promise<DrillOutcome>;
  /**
   * Moves one module to the target.
   * @param overrides gates that are passed by name, each with its reason
   */
  migrate(module: string, report: Report, overrides?: Overrides): Promise<DrillOutcome>;
  /** Makes good what a module that has died left pending. */
  settle(module: string, report: Report): Promise<DrillOutcome>;
  phase3Cutover(report: Report, overrides?: Overrides): Promise<DrillOutcome>;
  phase3Finalize(report: Report): Promise<DrillOutcome>;
  /** Ends the halt in force, where there is one. */
  clearHalt(reason: string): Promise<void>;
  /** Everything back to the source, from wherever it stands. */
  rollback(report: Report): Promise<DrillOutcome>;
  /** By module, how many messages the journal announced to be handled twice. */
  announced(): Promise<ReadonlyMap<string, number>>;
  /** Releases what the drill has opened; called once, whatever happened. */
  close(): Promise<void>;
}

export type Overrides = ReadonlyMap<string, string>;

export type Report = (progress: DrillProgress) => void;

/** Opens a drill on the host that the configuration describes. */
export type OpenDrill = (config: Config, signal: AbortSignal) => Promise<Drill>;

/** One step of a runbook, as it goes. */
export interface DrillProgress {
  readonly step: string;
  readonly state: 'started' | 'progress' | 'done' | 'failed';
  readonly text: string;
}

export interface DrillOutcome {
  readonly exitCode: ExitCode;
  /** What came of it, in one sentence. */
  readonly text: string;
}
