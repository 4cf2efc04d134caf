import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { messageOf, OrionError } from '../problems/index.js';

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
 * @returns its process id
 * @throws {OrionError} `command.not-started` when there is no such program or directory, or no permission
 */
export async function startDetached(program: DetachedProgram): Promise<number> {
  const { execa } = await import('execa');
  const [file = '', ...args] = program.argv;
  const log = createWriteStream(program.log, { flags: 'a', mode: 0o600 });
  // An open file is handed on as it is: the program goes on writing when this process is gone.
  await once(log, 'open');
  try {
    const child = execa(file, args, {
      cwd: program.cwd,
      env: program.env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      stdin: 'ignore',
      stdout: log,
      stderr: log,
      buffer: false,
      reject: false,
    });
    if (child.pid === undefined) throw notStarted(file, await child);
    child.unref();
    return child.pid;
  } finally {
    log.destroy();
  }
}

function notStarted(file: string, cause: unknown): OrionError {
  const why = cause instanceof Error && 'originalMessage' in cause ? cause.originalMessage : cause;
  return new OrionError({
    kind: 'prerequisite',
    code: 'command.not-started',
    message: `${file} could not be started: ${messageOf(why)}`,
    cause,
  });
}
