import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type Clock, OrionError } from '../problems/index.js';
import { type DetachedProgram, startDetached } from '../services/index.js';
import {
  formatIdentity,
  identityOf,
  isRunning,
  type ProcessIdentity,
  parseIdentity,
  signalGroup,
} from './process-identity.js';

/*
 * A service manager small enough for a throw-away directory, with systemd's manners where the
 * migration depends on them.
 *
 * A unit is inactive, active, or held. Held is not a third place to be in but a ban on starting:
 * a start of a held unit does nothing and says nothing, as systemd skips a unit whose condition
 * fails. A process that ends by itself leaves its unit inactive; nobody starts it again.
 *
 * All state is files, so that every caller (a verb in its own process, the rehearsal, a test, a
 * program like `test` or `touch`) sees the same, by the name of the service:
 *   `.json` its definition, `.hold` the ban, `.enabled`, `.mainpid` the number of its last process,
 *   `.process` a link to /proc/<pid>, so that `.process/exe` is there while that process runs;
 * and `started`, one line for every process ever started here: its number and its start time.
 */

const POLL_MS = 10;
/** What systemd waits by default between SIGTERM and SIGKILL. */
const KILL_AFTER_MS = 90_000;

export class Units {
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  define(service: string, program: DetachedProgram): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    writeFileSync(this.#file(service, 'json'), JSON.stringify(program), { mode: 0o600 });
  }

  /**
   * Starts the unit unless it is active or held.
   * @throws {OrionError} `rehearsal.unit` for a unit that was never defined
   */
  async start(service: string): Promise<void> {
    const program = this.#definition(service);
    if (this.held(service) || this.active(service) !== null) return;
    const identity = identityOf(await startDetached(program));
    appendFileSync(join(this.#directory, 'started'), formatIdentity(identity), { mode: 0o600 });
    if (!this.#claim(service, identity)) return this.#killed([identity]);
    writeFileSync(this.#file(service, 'mainpid'), `${identity.pid}\n`, { mode: 0o600 });
  }

  /** Sends SIGTERM and returns when the process has ended; SIGKILL after 90 s, as systemd does. */
  async stop(service: string): Promise<void> {
    this.#definition(service);
    const identity = this.active(service);
    if (identity === null) return;
    signalGroup(identity, 'SIGTERM');
    const deadline = this.#clock.now() + KILL_AFTER_MS;
    while (isRunning(identity)) {
      if (this.#clock.now() > deadline) signalGroup(identity, 'SIGKILL');
      await this.#clock.sleep(POLL_MS);
    }
  }

  /** Ends the unit's process as a crash would, with no chance to react. */
  async kill(service: string): Promise<void> {
    const identity = this.active(service);
    if (identity === null) return;
    await this.#killed([identity]);
  }

  /** The unit's running process, or null. */
  active(service: string): ProcessIdentity | null {
    const pid = this.#linkedPid(service);
    const identity = this.#started().findLast((candidate) => candidate.pid === pid);
    return identity !== undefined && isRunning(identity) ? identity : null;
  }

  installed(service: string): boolean {
    return existsSync(this.#file(service, 'json'));
  }

  hold = (service: string): void => this.#mark(service, 'hold');
  release = (service: string): void => this.#unmark(service, 'hold');
  held = (service: string): boolean => existsSync(this.#file(service, 'hold'));
  enable = (service: string): void => this.#mark(service, 'enabled');
  disable = (service: string): void => this.#unmark(service, 'enabled');
  enabled = (service: string): boolean => existsSync(this.#file(service, 'enabled'));

  /** Ends every process that was ever started here, and returns when all are gone. */
  async killAll(): Promise<void> {
    for (;;) {
      // A start that was on its way may have added another one meanwhile.
      const running = this.#started().filter(isRunning);
      if (running.length === 0) return;
      await this.#killed(running);
    }
  }

  async #killed(identities: readonly ProcessIdentity[]): Promise<void> {
    for (const identity of identities) signalGroup(identity, 'SIGKILL');
    while (identities.some(isRunning)) await this.#clock.sleep(POLL_MS);
  }

  /**
   * Making a link fails when another start was first: of two starts at the same time one process
   * stays, and the other is ended before it has read anything.
   * @returns false when another process of the unit runs
   */
  #claim(service: string, identity: ProcessIdentity): boolean {
    for (;;) {
      try {
        symlinkSync(`/proc/${identity.pid}`, this.#file(service, 'process'));
        return true;
      } catch {
        // A link is there: to a process that runs, or to one that has ended.
        if (this.active(service) !== null) return false;
        rmSync(this.#file(service, 'process'), { force: true });
      }
    }
  }

  #linkedPid(service: string): number | null {
    try {
      return Number(basename(readlinkSync(this.#file(service, 'process'))));
    } catch {
      // It was never started.
      return null;
    }
  }

  #started(): readonly ProcessIdentity[] {
    const text = this.#text(join(this.#directory, 'started')) ?? '';
    return text
      .split('\n')
      .map(parseIdentity)
      .filter((identity) => identity !== null);
  }

  #definition(service: string): DetachedProgram {
    const text = this.#text(this.#file(service, 'json'));
    if (text === null) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'rehearsal.unit',
        message: `there is no unit ${service} in ${this.#directory}`,
      });
    }
    // Only `define` writes this file.
    return JSON.parse(text) as DetachedProgram;
  }

  #mark(service: string, what: string): void {
    this.#definition(service);
    writeFileSync(this.#file(service, what), '', { mode: 0o600 });
  }

  #unmark(service: string, what: string): void {
    rmSync(this.#file(service, what), { force: true });
  }

  #text(file: string): string | null {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  }

  #file(service: string, what: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9@_.-]*$/.test(service)) {
      throw new OrionError({
        kind: 'usage',
        code: 'rehearsal.unit',
        message: `not a service name: ${JSON.stringify(service)}`,
      });
    }
    return join(this.#directory, `${service}.${what}`);
  }
}
