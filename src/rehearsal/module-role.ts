import type { Clock } from '../problems/index.js';
import type { RedisLink } from '../redis/index.js';
import type { LedgerFile } from './ledger-file.js';
import type { StandInType } from './messages.js';
import type { Random } from './random.js';

/** What a stand-in module is told when its process starts. */
export interface ModuleRole {
  readonly name: string;
  /** Where the throw-away Redis listens; it has no password. */
  readonly redisUrl: string;
  readonly prefix: string;
  /** MAXLEN of what the module publishes. */
  readonly maxLength: number;
  readonly envFile: string;
  readonly reads: readonly ReadRole[];
  readonly publishes: readonly PublishRole[];
  /** How long a handler takes on average; a part of a millisecond is a whole one now and then. */
  readonly handlingMs: number;
  readonly batch: number;
  readonly blockMs: number;
  /** Groups on which the module takes up pending entries, its own and stale ones, as an able bus would. */
  readonly resumesOn: readonly string[];
  /** Milliseconds after which an entry of another consumer is stale. */
  readonly staleMs: number;
  /** By group, the client it is read with there; a group that is not named is read as the source bus does. */
  readonly clients: Readonly<Record<string, 'library' | 'http'>>;
  /** Where the target bus listens. */
  readonly targetUrl: string;
  readonly ledger: string;
  readonly seed: string;
}

export interface ReadRole {
  readonly type: string;
  /** The key in the environment file that holds the group's name. */
  readonly setting: string;
}

/** One message of `type` for every `every`-th message handled of type `on`. */
export interface PublishRole {
  readonly on: string;
  readonly type: StandInType;
  readonly every: number;
}

export interface ModuleRuntime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: LedgerFile;
  readonly log: (line: string) => void;
  /** The environment file as it was when the process started. */
  readonly settings: ReadonlyMap<string, string>;
  readonly open: (name: string) => Promise<RedisLink>;
  /** Aborted by SIGTERM, from this call on: who never calls it dies of it at once. */
  readonly terminated: () => AbortSignal;
}
