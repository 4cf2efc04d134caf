import type { JsonObject } from '../problems/index.js';

/** What a run needs of the journal; `Journal` fits it. */
export interface RunLog {
  readonly records: readonly RunRecord[];
  /** Returns once the record is on the disk. */
  append(entry: NewRunRecord): Promise<unknown>;
}

export interface RunRecord {
  readonly type: string;
  readonly run: string;
  readonly step?: string;
  readonly data: JsonObject;
}

export interface NewRunRecord extends RunRecord {
  readonly type: RunRecordType;
  /** Milliseconds of Redis's clock; null where Redis could not be asked. */
  readonly redisAt: number | null;
}

/*
 * What a run writes, and what stands in `data`:
 *
 * run.started    what the caller says of the run, `runbook`, `fingerprint`
 * run.resumed    `direction`: forward or undo
 * step.intended  the whole before-image, on the disk before the effect
 * step.done      what was observed after it
 * step.skipped   `reason` and the before-image as `intent`: it was so already
 * step.failed    `error`, `findings`, `begun` (false: the run turned back before this step), `undo`: the
 *                runbook and fingerprint by which the run goes back, null when it does not
 * step.undone    `by`: the runbook that took the effect back
 * run.finished   `outcome`, `exitCode`, `error`, `undo`, `undoError`
 */
export type RunRecordType =
  | 'run.started'
  | 'run.resumed'
  | 'run.finished'
  | 'step.intended'
  | 'step.done'
  | 'step.skipped'
  | 'step.failed'
  | 'step.undone';
