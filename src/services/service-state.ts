/** A service as an operator sees it. Null always means "not known", never "no" or zero. */
export interface ServiceState {
  /** The name that was asked for. */
  readonly service: string;
  /** `changing` is on its way up or down, or waiting to be started again after a crash. */
  readonly active: 'active' | 'inactive' | 'failed' | 'changing' | 'unknown';
  readonly installed: boolean | null;
  /** As the service manager counts processes, so in its own pid namespace. */
  readonly mainPid: number | null;
  /** The moment it became active, in milliseconds since 1970; null while it is not active. */
  readonly sinceMs: number | null;
  /** How often the service manager has started it again by itself since the last start by hand. */
  readonly restarts: number | null;
  readonly enabled: boolean | null;
}
