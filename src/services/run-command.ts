import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, OrionError } from '../problems/index.js';
import { capturePipes, captureToFile, type OutputCapture } from './output-capture.js';

/*
 * The one way in which this package runs another program: an argv list, never a shell.
 *
 * A command is over when its own process has ended. Whoever it started and left behind may still
 * hold its output open, so the end of the output is waited for only a moment. A command that takes
 * too long, or is aborted, ends together with its whole process group: SIGTERM first, SIGKILL after
 * KILL_AFTER_MS.
 */

export interface CommandOptions {
  readonly cwd?: string | null | undefined;
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string | undefined;
  /** How much of each output is kept: the last so many bytes. Default 1 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /**
   * True for a command that may leave processes running which inherit its output, such as a start
   * script. They must not be hit by SIGPIPE when this process stops reading: so stdout is dropped,
   * and stderr goes through a file.
   */
  readonly leavesProcesses?: boolean | undefined;
}

/** How a command ended. Exactly one of `exitCode` and `signal` is set, unless it was never started. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** True where the beginning of an output was dropped to stay within `maxOutputBytes`. */
  readonly truncated: boolean;
}

const DEFAULT_OUTPUT_BYTES = 2 ** 20;
const KILL_AFTER_MS = 1_000;
/** The longest delay that a timer of Node takes; beyond it, it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs a program and waits for its end.
 * @param argv the program and its arguments, passed on as they are
 * @returns how it ended, also where it failed, timed out or was aborted
 * @throws {OrionError} `command.not-started` when there is no such program or directory, or no permission
 */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  // Loaded with the first command: it is much code, and many a command line runs no other program.
  const { execa } = await import('execa');
  if (options.signal?.aborted) return NEVER_STARTED;
  const limit = options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const capture = options.leavesProcesses ? await captureToFile(limit) : capturePipes(limit);
  try {
    return await runCaptured(execa, argv, options, capture);
  } finally {
    await capture.dispose();
  }
}

async function runCaptured(
  execa: typeof import('execa').execa,
  argv: readonly string[],
  options: CommandOptions,
  capture: OutputCapture,
): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const child = execa(program, args, {
    ...(options.cwd == null ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...capture.stdio,
    // A group of its own, so that a time-out reaches what it started and Ctrl-C does not reach it.
    detached: true,
    buffer: false,
    reject: false,
  });
  // Only a program that could not be started has no process id; nothing but execa's result tells why.
  if (child.pid === undefined) throw notStarted(program, options.cwd ?? null, await child);
  const group = child.pid;
  capture.attach(child.stdout, child.stderr);

  let timedOut = false;
  let ending: Promise<void> | null = null;
  const end = (): void => {
    ending ??= endGroup(group);
  };
  const expire = (): void => {
    timedOut = true;
    end();
  };
  const timer = setTimeout(expire, Math.min(options.timeoutMs, LONGEST_TIMER_MS));
  if (options.signal !== undefined) {
    // One signal may end any number of commands at a time; Node takes more than ten for a leak.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener('abort', end, { once: true });
  }
  const [exitCode, signal] = await new Promise<readonly [number | null, NodeJS.Signals | null]>(
    (resolve) => child.once('exit', (code, name) => resolve([code, name])),
  );
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', end);
  // Input that nobody read would keep this process alive.
  child.stdin?.destroy();
  await ending;
  const output = await capture.finish();
  return { exitCode, signal, timedOut, aborted: ending !== null && !timedOut, ...output };
}

/** Ends every process of the group, and returns when they are gone or can only be waited for. */
async function endGroup(group: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return;
  const deadline = Date.now() + KILL_AFTER_MS;
  while (Date.now() < deadline) {
    await sleep(20);
    if (!signalGroup(group, 0)) return;
  }
  signalGroup(group, 'SIGKILL');
}

/** False when no process of the group is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

function notStarted(program: string, cwd: string | null, cause: unknown): OrionError {
  const where = cwd === null ? '' : ` in ${cwd}`;
  const why = cause instanceof Error && 'originalMessage' in cause ? cause.originalMessage : cause;
  return new OrionError({
    kind: 'prerequisite',
    code: 'command.not-started',
    message: `${program} could not be started${where}: ${messageOf(why)}`,
    hint: 'Nothing was run. Look whether the program and the directory exist and may be used.',
    cause,
  });
}

const NEVER_STARTED: CommandResult = {
  exitCode: null,
  signal: null,
  timedOut: false,
  aborted: true,
  stdout: '',
  stderr: '',
  truncated: false,
};
