/*
 * A sample is one look at everything the criteria of the migration rest on, taken by `watch` every
 * few seconds. What happened between two samples is in the later one, as counts "since the last":
 * so the sum over a period is what happened in it, and a period without samples says nothing.
 *
 * Null always means "could not be known", never zero.
 */

export interface Sample {
  /** Milliseconds since 1970, by Redis's clock; by this host's where `clock` says so. */
  readonly atMs: number;
  /** `host`: Redis did not answer, so there are no streams and no groups in this sample. */
  readonly clock: 'redis' | 'host';
  /** Since the sample before, in ms; null for the first of a process, whose counts start anew. */
  readonly sinceMs: number | null;
  readonly target: BusSample;
  readonly source: BusSample;
  readonly streams: readonly StreamSample[];
  readonly groups: readonly GroupSample[];
  readonly modules: readonly ModuleSample[];
  /** Lines of errors in Redis's own log since the last sample; null where it cannot be read. */
  readonly redisLogErrors: number | null;
  /** Present in the sample that `validate` adds. */
  readonly validation: ValidationSample | null;
}

/** One of the two buses, as its health endpoint and its process tell. */
export interface BusSample {
  readonly service: 'active' | 'inactive' | 'failed' | 'absent' | 'unknown';
  /** Null where the bus has no endpoint. */
  readonly healthy: boolean | null;
  /** How long its health endpoint took, in ms. */
  readonly healthMs: number | null;
  readonly pid: number | null;
  readonly rssBytes: number | null;
  /** Publishes it turned away since the last sample, where its metrics tell. */
  readonly refused: number | null;
  /** Lines of contract failures in its log since the last sample. */
  readonly contractLogErrors: number | null;
}

export interface StreamSample {
  readonly stream: string;
  readonly length: number;
  readonly entriesAdded: number | null;
  /** Entries that were new since the last sample and were read and checked. */
  readonly checked: number;
  /** Entries that were new and were passed over, because there were more than a look may read. */
  readonly unchecked: number;
  /** Of the checked ones, those that broke their contract. */
  readonly violations: number;
  /** Of the checked ones, how many each `source` published. */
  readonly bySource: Readonly<Record<string, number>>;
  /** Entry id ms − message timestamp, 95th percentile of the checked ones; null where none was. */
  readonly publishP95Ms: number | null;
}

export interface GroupSample {
  readonly stream: string;
  readonly group: string;
  readonly module: string | null;
  readonly side: 'source' | 'target' | 'unknown';
  readonly cursor: string;
  /** Null for unknown. */
  readonly lag: number | null;
  readonly lagAtLeast: number;
  readonly pending: number;
  /** Of the pending ones, those parked for an operator. */
  readonly parked: number;
  readonly entriesRead: number | null;
  readonly consumers: number;
  /** The age of the oldest pending entry and of the oldest undelivered one, in ms. */
  readonly oldestPendingMs: number | null;
  readonly oldestUndeliveredMs: number | null;
  /**
   * From delivery to acknowledgement, in ms: what is pending over the rate of acknowledging since the
   * last sample (Little's law), so an estimate; null where nothing was acknowledged.
   */
  readonly handlingMs: number | null;
  readonly headroomEntries: number | null;
  /** Entries known lost by the loss audit since the base of this process (handoff 12). */
  readonly lost: number | null;
}

export interface ModuleSample {
  readonly module: string;
  readonly service: 'active' | 'inactive' | 'failed' | 'absent' | 'unknown';
  readonly pid: number | null;
  /** Where its settings point. */
  readonly settings: 'source' | 'target' | 'mixed' | 'unreadable';
  /** Lines of errors, and of them the critical ones, since the last sample. */
  readonly errors: number | null;
  readonly critical: number | null;
}

export interface ValidationSample {
  readonly exitCode: number;
  /** The ids of the checks that failed. */
  readonly failed: readonly string[];
}
