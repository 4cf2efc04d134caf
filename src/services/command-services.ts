import { OrionError } from '../problems/index.js';
import { lastLine, sentence } from './foreign-text.js';
import { interrupted, pause } from './pause.js';
import { type CommandResult, runCommand } from './run-command.js';
import type { ServiceState } from './service-state.js';
import type { Services, ServicesRuntime } from './services.js';
import { stopTimeout } from './stop-timeout.js';
import { checkedName } from './unit-name.js';

/** Argv lists; `{service}` stands for the name of the service wherever it occurs in an element. */
export interface CommandDriverOptions {
  readonly driver: 'command';
  readonly start: readonly string[];
  readonly stop: readonly string[];
  /** Exits 0 when the service is active. */
  readonly status: readonly string[];
  /** Prints the process id of the service. */
  readonly pid?: readonly string[] | null | undefined;
  readonly enable?: readonly string[] | null | undefined;
  readonly disable?: readonly string[] | null | undefined;
  /** Exits 0 when the service starts with the machine. */
  readonly isEnabled?: readonly string[] | null | undefined;
  readonly hold?: readonly string[] | null | undefined;
  readonly release?: readonly string[] | null | undefined;
  readonly stopTimeoutMs: number;
}

const POLL_MS = 100;
const QUESTION_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 30_000;
/** After a failed stop the service is looked at twice, so long apart: it may still be on its way down. */
const STEADY_MS = 2_000;
const BRING_BACK_TRIES = 3;
/**
 * From here on an exit status tells of the command and not of the service: 126 and 127 are those of
 * a wrapper that cannot run it, 255 is that of ssh without a connection.
 */
const NO_ANSWER_FROM = 126;

/** Services through the operator's own commands. */
export class CommandServices implements Services {
  readonly #options: CommandDriverOptions;
  readonly #runtime: ServicesRuntime;

  constructor(options: CommandDriverOptions, runtime: ServicesRuntime) {
    this.#options = options;
    this.#runtime = runtime;
  }

  async state(service: string): Promise<ServiceState> {
    const answer = await this.#isActive(service);
    return {
      service,
      active: answer === null ? 'unknown' : answer ? 'active' : 'inactive',
      installed: null,
      mainPid: answer === true ? await this.#pid(service) : null,
      sinceMs: null,
      restarts: null,
      enabled: await this.#answer(this.#options.isEnabled, service),
    };
  }

  async start(service: string): Promise<void> {
    if ((await this.#isActive(service)) === true) return;
    const failure = await this.#startCommand(service);
    if (failure !== null) throw failed(service, 'start', 'not-started', failure);
    await this.#untilActive(service);
  }

  async stop(service: string): Promise<void> {
    const limitMs = this.#options.stopTimeoutMs;
    const deadline = this.#runtime.clock.now() + limitMs;
    const stop = await this.#run(this.#options.stop, service, limitMs, true);
    while ((await this.#isActive(service)) !== false) {
      if (this.#runtime.clock.now() >= deadline) {
        const failure = failureOf(stop);
        const why = failure === null ? null : `the stop command: ${failure}`;
        throw await stopTimeout(service, limitMs, why, () => this.#bringBack(service));
      }
      await pause(this.#runtime, POLL_MS, `waiting for ${service} to stop`);
    }
  }

  async hold(service: string): Promise<void> {
    await this.#change('hold', service);
  }

  async release(service: string): Promise<void> {
    await this.#change('release', service);
  }

  /** There is no verb that would tell. */
  async held(service: string): Promise<boolean | null> {
    checkedName(service);
    return null;
  }

  async enable(service: string): Promise<void> {
    await this.#change('enable', service);
  }

  async disable(service: string): Promise<void> {
    await this.#change('disable', service);
  }

  /** The operator's commands know of no unit files. */
  async unitFile(): Promise<null> {
    return null;
  }

  async installUnit(): Promise<boolean> {
    return false;
  }

  async removeUnit(): Promise<boolean> {
    return false;
  }

  async #change(verb: 'hold' | 'release' | 'enable' | 'disable', service: string): Promise<void> {
    const argv = this.#options[verb];
    checkedName(service);
    if (argv == null) return;
    const failure = failureOf(await this.#run(argv, service, START_TIMEOUT_MS, false));
    if (failure !== null) throw failed(service, verb, `${verb}-failed`, failure);
  }

  /** Returns why it failed, or null. */
  async #startCommand(service: string): Promise<string | null> {
    const limitMs = Math.max(START_TIMEOUT_MS, this.#options.stopTimeoutMs);
    return failureOf(await this.#run(this.#options.start, service, limitMs, true));
  }

  async #untilActive(service: string): Promise<void> {
    const deadline = this.#runtime.clock.now() + START_TIMEOUT_MS;
    while ((await this.#isActive(service)) !== true) {
      if (this.#runtime.clock.now() >= deadline) {
        const why = `its status is not active ${START_TIMEOUT_MS / 1_000} s after`;
        throw failed(service, 'start', 'not-started', why);
      }
      await pause(this.#runtime, POLL_MS, `waiting for ${service} to start`);
    }
  }

  /**
   * After a stop that did not come to its end. A service that is still on its way down reports
   * itself active, so it is looked at again, and started once more when it went down after all.
   */
  async #bringBack(service: string): Promise<void> {
    await this.release(service);
    for (let tries = 0; tries < BRING_BACK_TRIES; tries += 1) {
      const failure = await this.#startCommand(service);
      // A service that still reports itself active may well refuse to be started.
      if (failure === null) await this.#untilActive(service);
      else if ((await this.#isActive(service)) !== true) {
        throw failed(service, 'start', 'not-started', failure);
      }
      await pause(this.#runtime, STEADY_MS, `starting ${service} again`);
      if ((await this.#isActive(service)) === true) return;
    }
    throw failed(service, 'start', 'not-started', 'it does not stay active');
  }

  async #isActive(service: string): Promise<boolean | null> {
    return this.#answer(this.#options.status, service);
  }

  /** Null where there is no such verb, or where the command itself did not work. */
  async #answer(
    argv: readonly string[] | null | undefined,
    service: string,
  ): Promise<boolean | null> {
    checkedName(service);
    if (argv == null) return null;
    const { exitCode } = await this.#run(argv, service, QUESTION_TIMEOUT_MS, false);
    if (exitCode === null || exitCode >= NO_ANSWER_FROM) return null;
    return exitCode === 0;
  }

  async #pid(service: string): Promise<number | null> {
    const argv = this.#options.pid;
    if (argv == null) return null;
    const { exitCode, stdout } = await this.#run(argv, service, QUESTION_TIMEOUT_MS, false);
    const [, digits] = /^\s*([1-9]\d{0,9})\s*$/.exec(stdout) ?? [];
    return exitCode === 0 && digits !== undefined ? Number(digits) : null;
  }

  async #run(
    argv: readonly string[],
    service: string,
    timeoutMs: number,
    leavesProcesses: boolean,
  ): Promise<CommandResult> {
    const name = checkedName(service);
    const filled = argv.map((element) => element.replaceAll('{service}', () => name));
    const { signal } = this.#runtime;
    const result = await runCommand(filled, { signal, timeoutMs, leavesProcesses });
    if (result.aborted) throw interrupted(filled.join(' '));
    return result;
  }
}

/** Null when the command did its work. */
function failureOf(result: CommandResult): string | null {
  if (result.exitCode === 0) return null;
  const how = result.timedOut
    ? 'it took too long and was ended'
    : result.exitCode === null
      ? `it was ended by ${result.signal}`
      : `it exited with ${result.exitCode}`;
  const said = lastLine(result.stderr);
  return said === null ? how : `${how}: ${said}`;
}

function failed(service: string, verb: string, code: string, why: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: `service.${code}`,
    message: `The ${verb} command of ${service} did not succeed: ${sentence(why)}`,
    hint: `Run the command services.${verb} of the configuration by hand to see more.`,
    next: ['orion-bus status'],
  });
}
