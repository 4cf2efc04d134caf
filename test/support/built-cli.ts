import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { builtPackage } from './built.js';
import { documentFault } from './document-fault.js';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const MANIFEST = 'oclif.manifest.json';

/** The command-line tool as it is shipped, built into a folder of the test's own. */
export interface BuiltCli {
  /** Where it stands; also its working directory. */
  readonly root: string;
  /**
   * Carries out a command line in a process that stays, which spares a start for each; everything
   * but the process itself (its signals, streams and end) is as shipped.
   */
  ask(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs it as a process of its own, without a terminal. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): Started;
  /** Runs it in a terminal of 80 columns; what it prints comes as one text. */
  inTerminal(args: readonly string[], options?: TerminalOptions): Promise<Ended>;
  /** Adds a command that exists only for the test; `id` has spaces, as typed. */
  addCommand(id: string, source: string): Promise<void>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface TerminalOptions extends RunOptions {
  /** Keys that are pressed once this text has been shown. */
  readonly press?: { readonly keys: string; readonly at: string };
}

/** A process that was started and not waited for. */
export interface Started {
  /** Resolves when the text has been printed on standard error. @throws when it ended without */
  said(text: string): Promise<void>;
  /** The same of standard output. */
  printed(text: string): Promise<void>;
  /** Stops reading its results, as `| head` does. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function buildCli(): Promise<BuiltCli> {
  const root = await mkdtemp(join(tmpdir(), 'orion-cli-'));
  await build(root);
  const program = join(root, 'bin/run.js');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    ORION_BUS_STATE_DIR: join(root, 'state'),
    TMPDIR: root,
  };
  const settings = (options: RunOptions = {}) => ({
    cwd: root,
    extendEnv: false,
    env: { ...env, ...options.env },
    input: options.input ?? '',
    reject: false as const,
    stripFinalNewline: false as const,
  });
  const desk = await Desk.open(root, env);
  return {
    root,
    ask: async (args, options = {}) => {
      const asked = desk.ask(args, options.input ?? '', { ...env, ...options.env });
      return checked(args, await asked);
    },
    run: async (args, options) =>
      checked(args, ended(await execa(process.execPath, [program, ...args], settings(options)))),
    start: (args, options) => {
      const child = started(program, args, settings(options));
      return { ...child, ended: child.ended.then((end) => checked(args, end)) };
    },
    inTerminal: async (args, options = {}) => {
      const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
      const line = `stty cols 80; exec ${words}`;
      const { input: _, ...rest } = settings(options);
      const child = execa('script', ['-qec', line, '/dev/null'], { ...rest, stdin: 'pipe' });
      let shown = '';
      child.stdout.on('data', (chunk) => {
        shown += String(chunk);
        if (options.press === undefined || !shown.includes(options.press.at)) return;
        child.stdin.write(options.press.keys);
        shown = '';
      });
      return ended(await child);
    },
    addCommand: async (id, source) => {
      // The manifest knows only what is shipped; without it oclif looks.
      await rm(join(root, MANIFEST), { force: true });
      const file = join(root, 'dist/commands', `${id.replaceAll(' ', '/')}.js`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, source);
    },
    remove: async () => {
      await desk.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function build(root: string): Promise<void> {
  for (const name of ['package.json', 'bin']) {
    await cp(join(TOP, name), join(root, name), { recursive: true });
  }
  for (const name of ['node_modules', 'contracts', 'runbooks']) {
    await symlink(join(TOP, name), join(root, name));
  }
  // A copy, since tests add commands to it.
  for (const name of ['dist', MANIFEST]) {
    await cp(join(await builtPackage(), name), join(root, name), { recursive: true });
  }
}

/** A process that carries out command lines one after another, each with streams of its own. */
class Desk {
  readonly #child: ReturnType<typeof startDesk>;
  readonly #waiting = new Map<number, (answer: Ended) => void>();
  #asked = 0;

  private constructor(child: ReturnType<typeof startDesk>) {
    this.#child = child;
    child.on('message', (message: unknown) => {
      // The other end is DESK below, which sends nothing else.
      const { id, ...answer } = message as Ended & { id: number };
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  static async open(root: string, env: Readonly<Record<string, string>>): Promise<Desk> {
    const file = join(root, 'desk.js');
    await writeFile(file, DESK);
    return new Desk(startDesk(file, root, env));
  }

  async ask(args: readonly string[], input: string, env: object): Promise<Ended> {
    const id = ++this.#asked;
    const answer = new Promise<Ended>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    await this.#child.sendMessage({ id, args: [...args], input, env: { ...env } });
    return answer;
  }

  async close(): Promise<void> {
    this.#child.kill();
    await this.#child;
  }
}

function startDesk(file: string, cwd: string, env: Readonly<Record<string, string>>) {
  // Whatever bypasses the streams that are handed in shows in the test's own output.
  const options = {
    cwd,
    extendEnv: false,
    env,
    ipc: true,
    reject: false,
    stdio: 'inherit',
  } as const;
  return execa(process.execPath, [file], options);
}

const DESK = `
import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { systemClock } from './dist/problems/index.js';
import { runCommandLine } from './dist/cli/command-line.js';
import { SignalInterruption } from './dist/cli/interruption.js';

const root = new URL('bin/run.js', import.meta.url).href;
const collector = () => {
  const chunks = [];
  const write = (chunk, _, done) => { chunks.push(String(chunk)); done(); };
  return Object.assign(new Writable({ write, decodeStrings: false }), { isTTY: false, text: () => chunks.join('') });
};
process.on('message', async ({ id, args, input, env }) => {
  const stdout = collector();
  const stderr = collector();
  const surroundings = {
    env, cwd: process.cwd(), stdin: Readable.from([Buffer.from(input)]), stdout, stderr,
    temporary: env.TMPDIR, clock: systemClock, interruption: new SignalInterruption(new EventEmitter()),
  };
  const code = await runCommandLine({ argv: args, root, surroundings, stray: new Promise(() => undefined) });
  process.send({ id, code, stdout: stdout.text(), stderr: stderr.text() });
});
`;

function started(program: string, args: readonly string[], settings: object): Started {
  const child = execa(process.execPath, [program, ...args], {
    ...settings,
    reject: false,
    stdout: 'pipe',
    stderr: 'pipe',
    stripFinalNewline: false,
  });
  const shown = (stream: NodeJS.ReadableStream) => {
    let heard = '';
    stream.on('data', (chunk) => {
      heard = (heard + String(chunk)).slice(-MOST_HEARD);
    });
    return async (text: string): Promise<void> => {
      while (!heard.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended without ${text}: ${heard}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
  };
  return {
    said: shown(child.stderr),
    printed: shown(child.stdout),
    stopReading: () => void child.stdout.once('data', () => child.stdout.destroy()),
    kill: (signal) => void child.kill(signal),
    ended: child.then((result) => ended({ ...result, stdout: result.stdout ?? '' })),
  };
}

/** A command may print more than a test waits for. */
const MOST_HEARD = 1_000_000;

/** Whoever asks for a document gets one that keeps to its shipped schema, or an error. */
function checked(args: readonly string[], end: Ended): Ended {
  const fault = documentFault(args, end);
  if (fault !== null) throw new Error(`${args.join(' ')}: ${fault}\n${end.stdout}`);
  return end;
}

function ended(result: { exitCode?: number; stdout: string; stderr: string }): Ended {
  return { code: result.exitCode ?? null, stdout: result.stdout, stderr: result.stderr };
}
