/*
 * The words of the configuration, once it has been read, checked and filled in. Everything is
 * resolved: paths are absolute, durations are milliseconds, sizes are bytes, percentages are ratios,
 * templates are filled in. It fits the `Plan` of facts/ and the `ServicesOptions` of services/.
 */

export interface Config {
  /** The file it was read from, absolute; null where the ORION plan was taken as it is. */
  readonly file: string | null;
  readonly redis: RedisConfig;
  readonly streams: { readonly prefix: string; readonly maxLength: number };
  /** The directory of the contracts. */
  readonly contracts: string;
  readonly stateDir: string;
  readonly services: ServicesConfig;
  readonly source: SideConfig;
  readonly target: TargetConfig;
  /** In the order of migration, which is the order of the file. */
  readonly modules: readonly ModuleConfig[];
  readonly publishers: readonly PublisherConfig[];
  readonly archive: ArchiveConfig | null;
  readonly thresholds: ThresholdsConfig;
  readonly soak: {
    readonly phase1Ms: number;
    readonly moduleMs: number;
    readonly burnInMs: number;
  };
  readonly handoff: HandoffConfig;
  /** Regular expressions: a line of an error in a log, and a critical one. */
  readonly logs: { readonly error: string; readonly critical: string };
  readonly watch: WatchConfig;
}

export interface RedisConfig {
  /** `redis://`, `rediss://` or `unix:///path`, always without user and password. */
  readonly url: string;
  readonly username: string | null;
  /** A function, so that no printing or serialising of the configuration can show it. */
  readonly password: (() => string) | null;
  /** The path of Redis's own log; null for none. */
  readonly log: string | null;
}

export type ServicesConfig = SystemdConfig | CommandConfig;

interface SystemdConfig {
  readonly driver: 'systemd';
  readonly scope: 'system' | 'user';
  readonly stopTimeoutMs: number;
}

/** Each verb is an argv in which `{service}` is still to be filled in; null where there is none. */
interface CommandConfig {
  readonly driver: 'command';
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly status: readonly string[];
  readonly pid: readonly string[] | null;
  readonly enable: readonly string[] | null;
  readonly disable: readonly string[] | null;
  readonly isEnabled: readonly string[] | null;
  readonly hold: readonly string[] | null;
  readonly release: readonly string[] | null;
  readonly stopTimeoutMs: number;
}

export interface SideConfig {
  readonly name: string;
  readonly service: string | null;
  readonly resumesPending: boolean;
  readonly log: string | null;
  readonly url: string | null;
}

export interface TargetConfig extends SideConfig {
  readonly unit: string | null;
  readonly build: TestsConfig | null;
  readonly tests: TestsConfig | null;
}

export interface ArchiveConfig {
  readonly repository: string;
  readonly path: string;
  readonly to: string;
  readonly documents: readonly string[];
  readonly marker: string;
  readonly message: string;
}

export interface ModuleConfig {
  readonly name: string;
  readonly risk: 'low' | 'medium' | 'high';
  readonly service: string;
  /** A path, or `journal` for the service's own journal. */
  readonly log: string | null;
  readonly settings: readonly SettingConfig[];
  readonly tests: TestsConfig | null;
  readonly subscribes: readonly string[] | null;
  readonly groups: GroupPair & { readonly byType: Readonly<Record<string, GroupPair>> };
}

export interface GroupPair {
  readonly source: string;
  readonly target: string;
}

export interface PublisherConfig {
  readonly name: string;
  readonly service: string;
  readonly settings: readonly SettingConfig[];
  /** What stands in `source` of its messages: this very text, or this and `-` and more. */
  readonly publishesAs: string;
}

export interface SettingConfig {
  readonly file: string;
  readonly format: 'env' | 'yaml' | 'json' | 'toml' | 'text';
  /** Null only for `text`. */
  readonly key: string | null;
  readonly source: string;
  readonly target: string;
  readonly type: string | null;
}

export interface TestsConfig {
  readonly command: readonly string[];
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
}

export interface ThresholdsConfig {
  readonly lag: { readonly target: number; readonly alert: number; readonly sustainedMs: number };
  readonly memory: {
    readonly targetBytes: number;
    readonly alertBytes: number;
    readonly sustainedMs: number;
  };
  /** Ratios: 0.01 is 1 %. */
  readonly contractErrors: number;
  readonly errorIncrease: number;
  readonly health: { readonly target: number; readonly alert: number };
  readonly latencyP95Ms: number;
}

export interface HandoffConfig {
  readonly probe: boolean;
  readonly expectedPauseMs: number;
  readonly readBlockMs: number;
  readonly batch: number;
  readonly flowWaitMs: number;
}

export interface WatchConfig {
  readonly everyMs: number;
  readonly keepMs: number;
  readonly graceMs: number;
  /** Null where no metrics are served. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
}
