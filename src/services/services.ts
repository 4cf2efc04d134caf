import type { Clock } from '../problems/index.js';
import type { ServiceState } from './service-state.js';
import type { UnitFile } from './unit-file.js';

/*
 * Services are stopped, held, released and started; they are never restarted, because what a dying
 * process leaves pending has to be settled in between.
 *
 *   running --hold--> running, held --stop--> stopped, held --release--> stopped --start--> running
 *
 * While a service is held, no `Restart=`, dependency or person can start it on old settings. A stop
 * that does not come to its end leads back to running: the hold is released, the service is started
 * again, and only then the failure is reported.
 */
export interface Services {
  /** @throws {OrionError} `service.bad-name`, `service.no-systemd`, `command.not-started` */
  state(service: string): Promise<ServiceState>;
  /**
   * Starts it and waits until it is active, with a main process where that can be seen. A held
   * service is not released by this: it is reported as not started.
   * @throws {OrionError} `service.not-started` with the reason, `service.not-installed`
   */
  start(service: string): Promise<void>;
  /**
   * Stops it and waits until it is really stopped.
   * @throws {OrionError} `service.stop-timeout` after it was started again (the message says how that
   *   went), `service.stop-failed` when the service manager refused, `service.not-installed`
   */
  stop(service: string): Promise<void>;
  /** Keeps everyone from starting it, this process included. @throws {OrionError} `service.hold-failed` */
  hold(service: string): Promise<void>;
  release(service: string): Promise<void>;
  /** Null where the driver cannot tell. */
  held(service: string): Promise<boolean | null>;
  /** Makes it start with the machine. @throws {OrionError} `service.enable-failed` */
  enable(service: string): Promise<void>;
  /** @throws {OrionError} `service.disable-failed` */
  disable(service: string): Promise<void>;
  /** The unit file of an operator's own; null where there is none, or the driver knows of none. */
  unitFile(service: string): Promise<UnitFile | null>;
  /** Puts a unit file in its place, at its path or where an operator's units stand; false where the driver knows of none. */
  installUnit(service: string, text: string, path?: string): Promise<boolean>;
  /** Takes the unit file away; the service must be stopped. */
  removeUnit(service: string): Promise<boolean>;
}

export interface ServicesRuntime {
  readonly clock: Clock;
  /** Ends every wait at once with an error of kind `interrupted`; the service is left as it is then. */
  readonly signal?: AbortSignal | undefined;
  /** What `%t` is to systemd. Default: `/run`, for user scope `/run/user/<uid>`. */
  readonly runtimeDirectory?: string | undefined;
  /** Where unit files of an operator's own stand; by default as systemd has it. */
  readonly unitDirectory?: string | undefined;
  /** Words set before every `systemctl`, such as those that enter the namespaces of another systemd. */
  readonly systemctlPrefix?: readonly string[] | undefined;
}
