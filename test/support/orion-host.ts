import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { systemClock } from '../../src/problems/index.js';
import { Host, type HostOptions } from '../../src/rehearsal/index.js';
import { builtPackage } from './built.js';

export interface OrionHostOptions
  extends Partial<Omit<HostOptions, 'packageRoot' | 'temporary' | 'path' | 'clock' | 'signal'>> {
  /** The target bus: this package's own `serve`, or a process with the Go bus's one endpoint. */
  readonly target?: 'serve' | 'go';
}

export interface OrionHost extends AsyncDisposable {
  /** Units, Redis, files, ledger and audit: see the rehearsal's `Host`. */
  readonly host: Host;
  /** Runs the built tool against this host's configuration; never throws for an exit code. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Everything that `run` needs at the start: target bus up, modules and traffic running. */
  startAll(): Promise<void>;
  end(): Promise<void>;
}

interface CliOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A whole throw-away ORION host for a test: nothing of it runs but Redis until it is started. End it
 * in `afterEach`, or take it by `await using`; what is forgotten is ended when the test's process is.
 */
export async function startOrionHost(options: OrionHostOptions = {}): Promise<OrionHost> {
  const packageRoot = await builtPackage();
  const { target = 'go', ...rest } = options;
  const goBus = fileURLToPath(new URL('./go-bus.mjs', import.meta.url));
  const host = await Host.open({
    rate: 200,
    seed: 'test',
    ...(target === 'go' ? { targetBus: [goBus, '{port}'] } : {}),
    ...rest,
    packageRoot,
    temporary: tmpdir(),
    path: process.env['PATH'] ?? '',
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const end = (): Promise<void> => host.end();
  return {
    host,
    cli: (args, cliOptions) => runCli(packageRoot, host, args, cliOptions),
    async startAll() {
      await host.startTarget();
      await host.startModules();
      await host.startTraffic();
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}

async function runCli(
  packageRoot: string,
  host: Host,
  args: readonly string[],
  { input = '', env = {}, timeoutMs = 60_000 }: CliOptions = {},
): Promise<CliResult> {
  const tool = join(packageRoot, 'bin', 'run.js');
  const { exitCode, stdout, stderr, signal } = await execa(process.execPath, [tool, ...args], {
    cwd: host.paths.directory,
    env: { ORION_BUS_CONFIG: host.paths.configFile, NO_COLOR: '1', ...env },
    input,
    timeout: timeoutMs,
    reject: false,
  });
  if (exitCode === undefined) throw new Error(`the tool was ended by ${signal}: ${stderr}`);
  return { exitCode, stdout, stderr };
}
