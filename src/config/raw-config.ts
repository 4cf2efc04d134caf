/*
 * The file's own shape, after the schema has passed it and filled in its defaults. The keys and
 * units are those of the file; the text of a template still has its braces.
 */

export interface RawConfig {
  readonly redis: RawRedis;
  readonly streams: { readonly prefix: string; readonly maxLength: number };
  readonly contracts?: string;
  readonly stateDir?: string;
  readonly services: RawServices;
  readonly source: RawSide;
  readonly target: RawTarget;
  readonly archive?: RawArchive;
  readonly modules: Readonly<Record<string, RawModule>>;
  readonly publishers: Readonly<Record<string, RawPublisher>>;
  readonly thresholds: RawThresholds;
  readonly soak: { readonly phase1: string; readonly module: string; readonly burnIn: string };
  readonly handoff: {
    readonly probe: boolean;
    readonly expectedPause: string;
    readonly readBlock: string;
    readonly batch: number;
    readonly flowWait: string;
  };
  readonly logs: { readonly error: string; readonly critical: string };
  readonly watch: RawWatch;
}

export interface RawWatch {
  readonly every: string;
  readonly keep: string;
  readonly grace: string;
  readonly metrics: string;
}

export interface RawRedis {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly log: string | null;
}

type Argv = readonly string[];

export interface RawServices {
  readonly driver: 'systemd' | 'command';
  readonly scope?: 'system' | 'user';
  readonly stopTimeout: string;
  readonly start?: Argv;
  readonly stop?: Argv;
  readonly status?: Argv;
  readonly pid?: Argv;
  readonly enable?: Argv;
  readonly disable?: Argv;
  readonly 'is-enabled'?: Argv;
  readonly hold?: Argv;
  readonly release?: Argv;
}

export interface RawSide {
  readonly name: string;
  readonly service?: string | null;
  readonly group: string;
  readonly resumesPending: boolean;
  readonly log: string | null;
  readonly url: string | null;
}

export interface RawTarget extends RawSide {
  readonly unit?: string;
  readonly build?: RawTests;
  readonly tests?: RawTests;
}

export interface RawArchive {
  readonly repository: string;
  readonly path: string;
  readonly to: string;
  readonly documents: readonly string[];
  readonly marker: string;
  readonly message: string;
}

export interface RawModule {
  readonly risk: 'low' | 'medium' | 'high';
  readonly service: string;
  readonly log: string | null;
  readonly settings: RawSetting | readonly RawSetting[];
  readonly tests?: RawTests;
  readonly subscribes?: readonly string[];
  readonly groups: Readonly<Record<string, { readonly source?: string; readonly target?: string }>>;
}

export interface RawTests {
  readonly command: Argv;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface RawPublisher {
  readonly service: string;
  readonly source?: string;
  readonly settings: RawSetting | readonly RawSetting[];
}

export interface RawSetting {
  readonly file: string;
  readonly format: 'env' | 'yaml' | 'json' | 'toml' | 'text';
  readonly key?: string;
  readonly source?: string;
  readonly target?: string;
  readonly type?: string;
}

interface RawThresholds {
  readonly lag: { readonly target: number; readonly alert: number; readonly sustained: string };
  readonly memory: {
    readonly target: string | number;
    readonly alert: string | number;
    readonly sustained: string;
  };
  readonly contractErrors: string;
  readonly errorIncrease: string;
  readonly health: { readonly target: string; readonly alert: string };
  readonly latencyP95: string;
}
