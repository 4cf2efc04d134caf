import type { Config } from '../config/index.js';
import type { ExitCode } from '../problems/index.js';

/** What the rehearsal exercises: the verbs of the migration, as an operator would type them. */
export interface Drill {
  /** Moves one module to the target. Never throws for what an exit code can say. */
  migrate(module: string, report: (progress: DrillProgress) => void): Promise<DrillOutcome>;
  /** Moves every module back to the source. */
  rollbackAll(report: (progress: DrillProgress) => void): Promise<readonly ModuleOutcome[]>;
  /** Releases what the drill has opened; called once, whatever happened. */
  close(): Promise<void>;
}

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
  /** The exact number of messages that the journal said would be handled twice. */
  readonly announced: number;
  /** What came of it, in one sentence. */
  readonly text: string;
}

export interface ModuleOutcome extends DrillOutcome {
  readonly module: string;
}
