import type { ExitCode } from '../problems/index.js';
import { runCommandLine } from './command-line.js';
import { SignalInterruption } from './interruption.js';
import { flushed, watchStreams } from './output.js';
import { surroundingsOf } from './surroundings.js';

export interface MainOptions {
  /** What was typed after the program's name. */
  readonly argv: readonly string[];
  /** `import.meta.url` of the program, from which the package is found. */
  readonly root: string;
}

/** Carries out one command line and ends the process with its exit code; nothing else ends it. */
export async function main({ argv, root }: MainOptions): Promise<void> {
  const surroundings = surroundingsOf(new SignalInterruption(process));
  const { stdout, stderr } = surroundings;
  let unwritten: Error | null = null;
  watchStreams([stdout, stderr], (error) => {
    unwritten ??= error;
  });
  const code = await runCommandLine({ argv, root, surroundings, stray: strayErrors() });
  await Promise.all([flushed(stdout), flushed(stderr)]);
  process.exit(unwritten === null || code !== 0 ? code : CANNOT_WRITE);
}

/** A result that could not be written, for a full disk say, must not look like success. */
const CANNOT_WRITE: ExitCode = 1;

/** What nobody caught, as a rejection: Node would print a stack and end with a code of its own. */
function strayErrors(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', reject);
    process.on('unhandledRejection', reject);
  });
}
