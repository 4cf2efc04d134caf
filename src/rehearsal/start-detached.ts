import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { OrionError } from '../problems/index.js';
import { identify, type ProcessIdentity } from './process-identity.js';

export interface DetachedProgram {
  /** The program by absolute path and its arguments; no shell reads them. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Where standard output and standard error are appended. */
  readonly log: string;
}

/**
 * Starts a program that outlives its caller, as the leader of a process group of its own.
 * @throws {OrionError} `rehearsal.start` when the program cannot be started or ends at once
 */
export async function startDetached(program: DetachedProgram): Promise<ProcessIdentity> {
  const [file = '', ...args] = program.argv;
  const log = openSync(program.log, 'a', 0o600);
  try {
    const child = spawn(file, args, {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (identity === null) throw new Error(`it ended at once; its log is ${program.log}`);
    return identity;
  } catch (error) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'rehearsal.start',
      message: `${file} could not be started: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  } finally {
    closeSync(log);
  }
}
