/*
 * The migration as the rooms above see it: what is to be moved, where its settings stand, and which
 * figures it is held against. `Config` fits this shape; nothing from here up knows of files or flags.
 */

export type SideName = 'source' | 'target';

export const otherSide = (side: SideName): SideName => (side === 'source' ? 'target' : 'source');

export interface Plan {
  readonly streams: { readonly prefix: string; readonly maxLength: number };
  readonly contracts: string;
  readonly stateDir: string;
  readonly source: SidePlan;
  readonly target: TargetPlan;
  /** In the order of migration. */
  readonly modules: readonly ModulePlan[];
  readonly publishers: readonly PublisherPlan[];
  /** Where the code of the source bus is put away in the end; null where that is not this tool's. */
  readonly archive: ArchivePlan | null;
  readonly thresholds: Thresholds;
  readonly soak: {
    readonly phase1Ms: number;
    readonly moduleMs: number;
    readonly burnInMs: number;
  };
  readonly handoff: HandoffPlan;
  /** What a line of an error looks like in a log, and a critical one: regular expressions. */
  readonly logs: { readonly error: string; readonly critical: string };
  /** Of Redis's own log the path, where it is known. */
  readonly redis: { readonly log: string | null };
  readonly watch: WatchPlan;
}

/** One of the two buses. */
export interface SidePlan {
  readonly name: string;
  readonly service: string | null;
  /** True where a live consumer of this side claims any stale entry within its min-idle. */
  readonly resumesPending: boolean;
  readonly log: string | null;
  readonly url: string | null;
}

/** The bus that is moved to; this tool may bring it up from its source code. */
export interface TargetPlan extends SidePlan {
  /** A unit file to be put in place where the service has none; null = the service is there. */
  readonly unit: string | null;
  readonly build: TestsPlan | null;
  readonly tests: TestsPlan | null;
}

export interface ArchivePlan {
  /** A git working tree. */
  readonly repository: string;
  /** What is moved by `git mv`, and where to; both within the repository. */
  readonly path: string;
  readonly to: string;
  /** Files within the repository that are marked as deprecated, each with a line before its first. */
  readonly documents: readonly string[];
  readonly marker: string;
  readonly message: string;
}

export interface ModulePlan {
  readonly name: string;
  readonly risk: 'low' | 'medium' | 'high';
  readonly service: string;
  /** A path, or `journal` for the service's own journal. */
  readonly log: string | null;
  readonly settings: readonly SettingPlan[];
  readonly tests: TestsPlan | null;
  /** The contract types the module must be found reading; null = whatever discovery finds. */
  readonly subscribes: readonly string[] | null;
  readonly groups: GroupNames & { readonly byType: Readonly<Record<string, GroupNames>> };
}

export interface GroupNames {
  readonly source: string;
  readonly target: string;
}

export interface PublisherPlan {
  readonly name: string;
  readonly service: string;
  /** Empty where its change is code: an operator makes it. */
  readonly settings: readonly SettingPlan[];
  /** What stands in `source` of its messages: this very text, or this and `-` and more. */
  readonly publishesAs: string;
}

/** One value in one file, and what it must be for each side. */
export interface SettingPlan {
  readonly file: string;
  readonly format: 'env' | 'yaml' | 'json' | 'toml' | 'text';
  /** Null only for `text`, where the whole old and new string stand in `source` and `target`. */
  readonly key: string | null;
  readonly source: string;
  readonly target: string;
  readonly type: string | null;
}

export interface TestsPlan {
  readonly command: readonly string[];
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
}

export interface Thresholds {
  /** Entries of backlog; `sustainedMs` is how long the alert figure must hold to be an emergency. */
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

/** How `watch` looks after the migration. */
export interface WatchPlan {
  readonly everyMs: number;
  /** How long samples are kept. */
  readonly keepMs: number;
  /** How long an automatic rollback is announced before it is carried out. */
  readonly graceMs: number;
  /** Where its metrics are served; null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
}

export interface HandoffPlan {
  readonly probe: boolean;
  readonly expectedPauseMs: number;
  readonly readBlockMs: number;
  /** Entries a consumer takes with one read. */
  readonly batch: number;
  readonly flowWaitMs: number;
}

/** The group of a module on the stream of a contract type. */
export function groupOf(module: ModulePlan, type: string, side: SideName): string {
  return module.groups.byType[type]?.[side] ?? module.groups[side];
}
