import { tmpdir } from 'node:os';
import { type Clock, systemClock } from '../problems/index.js';
import type { SignalInterruption } from './interruption.js';

/** Everything outside of the process that a command may touch, taken once and handed in. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  /** For results only: one JSON document with `--json`. */
  readonly stdout: NodeJS.WriteStream;
  /** For progress, logs, prompts and errors. */
  readonly stderr: NodeJS.WriteStream;
  /** A folder for reports of defects. */
  readonly temporary: string;
  readonly clock: Clock;
  readonly interruption: SignalInterruption;
}

/** The one place outside of config/ that reads the environment; it hands it on and looks at nothing. */
export function surroundingsOf(interruption: SignalInterruption): Surroundings {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    temporary: tmpdir(),
    clock: systemClock,
    interruption,
  };
}
