import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OrionError } from '../problems/index.js';
import { sentence } from './foreign-text.js';
import { pause } from './pause.js';
import type { CommandResult } from './run-command.js';
import type { ServiceState } from './service-state.js';
import type { Services, ServicesRuntime } from './services.js';
import { stopTimeout } from './stop-timeout.js';
import { Systemctl, saidBySystemctl, type Unit } from './systemctl.js';
import { readUnitFile, type UnitFile, unitDirectory, writeUnitFile } from './unit-file.js';
import { UnitHold } from './unit-hold.js';
import { unitName } from './unit-name.js';

export interface SystemdDriverOptions {
  readonly driver: 'systemd';
  readonly scope: 'system' | 'user';
  /** The least time a service gets to stop; a unit's own TimeoutStopSec + 5 s counts when longer. */
  readonly stopTimeoutMs: number;
}

const POLL_MS = 50;
/** A service counts as started when it still has the same main process after so long. */
const STEADY_MS = 250;
/** What systemd takes beyond a unit's own time-out, to kill what did not end. */
const BEYOND_UNIT_TIMEOUT_MS = 5_000;
const LEAST_START_MS = 30_000;
/** For a unit that may take for ever to start; as long as systemd's own default and a little more. */
const UNLIMITED_START_MS = 95_000;
/** So often may a service crash before it counts as not started. */
const CRASHES = 3;

/** Services as units of systemd, through systemctl. */
export class SystemdServices implements Services {
  readonly #options: SystemdDriverOptions;
  readonly #runtime: ServicesRuntime;
  readonly #systemctl: Systemctl;
  readonly #hold: UnitHold;

  constructor(options: SystemdDriverOptions, runtime: ServicesRuntime) {
    this.#options = options;
    this.#runtime = runtime;
    this.#systemctl = new Systemctl(options.scope, runtime.systemctlPrefix ?? [], runtime.signal);
    this.#hold = new UnitHold(
      this.#systemctl,
      options.scope,
      runtime.runtimeDirectory ?? defaultRuntimeDirectory(options.scope),
    );
  }

  async state(service: string): Promise<ServiceState> {
    const unit = await this.#systemctl.show(unitName(service));
    const active = activeOf(unit);
    return {
      service,
      active,
      installed: isInstalled(unit),
      mainPid: unit.mainPid,
      sinceMs: active === 'active' ? this.#sinceMs(unit) : null,
      restarts: isInstalled(unit) ? unit.restarts : null,
      enabled: enabledOf(unit),
    };
  }

  async start(service: string): Promise<void> {
    await this.#startUnit(await this.#installed(service, 'started'));
  }

  async stop(service: string): Promise<void> {
    const unit = await this.#installed(service, 'stopped');
    const limitMs = this.#stopLimitMs(unit);
    const deadline = this.#runtime.clock.now() + limitMs;
    const stop = await this.#systemctl.run(['stop', '--', unit.id], limitMs);
    for (;;) {
      const now = await this.#systemctl.show(unit.id);
      if (isStopped(now)) return;
      if (stop.exitCode !== 0 && !stop.timedOut && !isStopping(now)) {
        // Nothing is going to stop it now, so it must also be able to come up again by itself.
        await this.#hold.release(unit);
        throw refused(unit, 'stop', stop);
      }
      if (this.#runtime.clock.now() >= deadline) break;
      await pause(this.#runtime, POLL_MS, `waiting for ${unit.id} to stop`);
    }
    throw await stopTimeout(unit.id, limitMs, saidBySystemctl(stop), async () => {
      await this.#hold.release(unit);
      await this.#startUnit(unit);
    });
  }

  async hold(service: string): Promise<void> {
    await this.#hold.hold(await this.#installed(service, 'held'));
  }

  async release(service: string): Promise<void> {
    await this.#hold.release(await this.#systemctl.show(unitName(service)));
  }

  async held(service: string): Promise<boolean | null> {
    return this.#hold.held(await this.#systemctl.show(unitName(service)));
  }

  async enable(service: string): Promise<void> {
    await this.#change('enable', await this.#installed(service, 'enabled'));
  }

  async disable(service: string): Promise<void> {
    await this.#change('disable', await this.#installed(service, 'disabled'));
  }

  async unitFile(service: string): Promise<UnitFile | null> {
    const { file } = await this.#systemctl.show(unitName(service));
    return file.startsWith(`${this.#unitDirectory}/`) ? readUnitFile(file) : null;
  }

  async installUnit(service: string, text: string, path?: string): Promise<boolean> {
    const standard = join(this.#unitDirectory, unitName(service));
    await writeUnitFile({ path: path ?? standard, text });
    await this.#reload();
    return true;
  }

  async removeUnit(service: string): Promise<boolean> {
    const file = await this.unitFile(service);
    if (file === null) return false;
    await rm(file.path, { force: true });
    await this.#reload();
    return true;
  }

  async #reload(): Promise<void> {
    const result = await this.#systemctl.run(['daemon-reload']);
    if (result.exitCode !== 0) throw notReloaded(result);
  }

  get #unitDirectory(): string {
    return this.#runtime.unitDirectory ?? unitDirectory(this.#options.scope);
  }

  async #change(verb: 'enable' | 'disable', unit: Unit): Promise<void> {
    const result = await this.#systemctl.run([verb, '--', unit.id]);
    if (result.exitCode !== 0) throw refused(unit, verb, result);
  }

  /** Starts the unit and waits until it runs, and goes on running for a moment. */
  async #startUnit(unit: Unit): Promise<void> {
    const limitMs = startLimitMs(unit);
    const deadline = this.#runtime.clock.now() + limitMs;
    // After a crash loop systemd refuses every start until the failure is taken back. A unit that
    // is not in its memory has nothing to take back, and the verb fails: that is no failure here.
    await this.#systemctl.run(['reset-failed', '--', unit.id]);
    const start = await this.#systemctl.run(['start', '--', unit.id], limitMs);
    let seenPid: number | null = null;
    for (;;) {
      const now = await this.#systemctl.show(unit.id);
      const running = now.active === 'active' && now.mainPid !== null;
      if (running && now.mainPid === seenPid) return;
      const hopeless = !running && activeOf(now) !== 'changing';
      if (hopeless || crashes(now) || this.#runtime.clock.now() >= deadline) {
        const holdFile = (await this.#hold.held(now)) ? this.#hold.fileOf(now) : null;
        throw notStarted(now, whyNotStarted(now, holdFile, start));
      }
      seenPid = running ? now.mainPid : null;
      await pause(this.#runtime, running ? STEADY_MS : POLL_MS, `waiting for ${unit.id} to start`);
    }
  }

  async #installed(service: string, done: string): Promise<Unit> {
    const unit = await this.#systemctl.show(unitName(service));
    if (isInstalled(unit)) return unit;
    const running = isStopped(unit) ? '' : ', although a process of it still runs';
    throw new OrionError({
      kind: 'prerequisite',
      code: 'service.not-installed',
      message: `${unit.id} cannot be ${done}: systemd has no such unit${running}.`,
      hint: 'Nothing was changed. Look whether the name in the configuration is right, and whether systemctl daemon-reload is due.',
      next: [`systemctl status ${unit.id}`],
    });
  }

  #stopLimitMs(unit: Unit): number {
    const own = unit.stopTimeoutMs === null ? 0 : unit.stopTimeoutMs + BEYOND_UNIT_TIMEOUT_MS;
    return Math.max(this.#options.stopTimeoutMs, own);
  }

  /** From the monotonic clock, because the printed time depends on locale, zone and version. */
  #sinceMs(unit: Unit): number | null {
    if (unit.activeSinceMonotonicMs === null) return null;
    const ageMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - unit.activeSinceMonotonicMs;
    return Math.round(this.#runtime.clock.now() - ageMs);
  }
}

function defaultRuntimeDirectory(scope: 'system' | 'user'): string {
  return scope === 'system' ? '/run' : `/run/user/${process.getuid?.() ?? 0}`;
}

const isInstalled = (unit: Unit): boolean => unit.load !== 'not-found';

const isStopped = (unit: Unit): boolean =>
  (unit.active === 'inactive' || unit.active === 'failed') && unit.mainPid === null;

/** Also a unit whose stop was replaced by somebody's start stops first. */
const isStopping = (unit: Unit): boolean => unit.active === 'deactivating' || unit.hasJob;

/** Its restarts are counted from our start, because `reset-failed` sets the counter back. */
const crashes = (unit: Unit): boolean => (unit.restarts ?? 0) >= CRASHES;

function startLimitMs(unit: Unit): number {
  if (unit.startTimeoutMs === null) return UNLIMITED_START_MS;
  return Math.max(LEAST_START_MS, unit.startTimeoutMs + BEYOND_UNIT_TIMEOUT_MS);
}

function activeOf(unit: Unit): ServiceState['active'] {
  switch (unit.active) {
    case 'active':
    case 'reloading':
    case 'refreshing':
      return 'active';
    case 'inactive':
    case 'failed':
      return unit.active;
    case 'activating':
    case 'deactivating':
    case 'maintenance':
      return 'changing';
    default:
      return 'unknown';
  }
}

/** Null where the question has no answer, as for `static` units, which only others can pull in. */
function enabledOf(unit: Unit): boolean | null {
  if (unit.fileState === 'enabled' || unit.fileState === 'enabled-runtime') return true;
  if (['disabled', 'masked', 'masked-runtime', 'linked'].includes(unit.fileState)) return false;
  return null;
}

function whyNotStarted(unit: Unit, holdFile: string | null, start: CommandResult): string {
  if (unit.load === 'masked') return 'it is masked';
  if (crashes(unit)) {
    // Between two crashes systemd tells of the run that goes on, not of the one that ended.
    const how = unit.result === 'success' ? '' : ` (${unit.result}, status ${unit.exitStatus})`;
    return `it keeps ending${how} and was started again ${unit.restarts} times`;
  }
  if (activeOf(unit) === 'active') {
    return unit.mainPid === null
      ? 'it is active without a main process'
      : 'it does not keep running';
  }
  if (activeOf(unit) === 'changing') return `it is still ${unit.active} (${unit.sub})`;
  if (holdFile !== null) return `it is held by orion-bus (${holdFile})`;
  if (!unit.conditionMet) return SKIPPED;
  if (unit.result !== 'success') return `it ended: ${unit.result}, status ${unit.exitStatus}`;
  // systemd forgets a unit that nothing refers to as soon as it is inactive, and why it is so.
  if (start.exitCode === 0) return `${SKIPPED}, or it ended at once without an error`;
  return saidBySystemctl(start) ?? `it is ${unit.active} (${unit.sub})`;
}

const SKIPPED = 'systemd skipped the start because a condition of the unit is not met';

function notStarted(unit: Unit, why: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'service.not-started',
    message: `${unit.id} was not started: ${sentence(why)}`,
    hint: 'Its conditions stand in systemctl cat, how it ended in its log.',
    next: [
      `systemctl status ${unit.id}`,
      `journalctl -u ${unit.id} -n 50`,
      `systemctl cat ${unit.id}`,
    ],
  });
}

function notReloaded(result: CommandResult): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'service.not-reloaded',
    message: `systemctl daemon-reload failed: ${sentence(saidBySystemctl(result) ?? `it exited with ${result.exitCode}`)}`,
    hint: 'Changing the units of the system takes root.',
  });
}

function refused(
  unit: Unit,
  verb: 'stop' | 'enable' | 'disable',
  result: CommandResult,
): OrionError {
  const why = saidBySystemctl(result) ?? `systemctl exited with ${result.exitCode}`;
  return new OrionError({
    kind: 'prerequisite',
    code: `service.${verb}-failed`,
    message: `systemctl ${verb} ${unit.id} failed: ${sentence(why)}`,
    hint: 'The service is as it was. Changing a service of the system takes root.',
    next: [`systemctl status ${unit.id}`],
  });
}
