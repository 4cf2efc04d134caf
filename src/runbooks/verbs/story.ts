import type { JournalRecord } from '../../journal/index.js';
import type { Json } from '../../problems/index.js';
import { subjectOf } from '../history.js';

/** What the journal tells of a whole migration: every run, what was passed by name, every halt. */
export interface Story {
  readonly runs: readonly RunStory[];
  readonly overrides: readonly OverrideStory[];
  readonly halts: readonly HaltStory[];
}

export interface RunStory {
  readonly run: string;
  readonly verb: string;
  readonly module: string | null;
  /** The run this one is a part of. */
  readonly within: string | null;
  /** ISO 8601, by Redis's clock where it was known. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly tookMs: number | null;
  readonly outcome: 'done' | 'failed' | 'superseded' | 'open';
  readonly undo: string | null;
  /** From stop to start; null where nothing was stopped and started. */
  readonly pauseMs: number | null;
  /** Messages that its turn announced as perhaps handled twice. */
  readonly announced: number;
  /** Messages lost by its loss audit; null where it had none. */
  readonly lost: number | null;
  /** Streams of which the audit could not tell. */
  readonly unaudited: readonly string[];
}

export interface OverrideStory {
  readonly at: string;
  readonly run: string;
  readonly gate: string;
  readonly reason: string;
  readonly verdict: string;
}

export interface HaltStory {
  readonly at: string;
  readonly what: 'raised' | 'cleared';
  readonly reason: string;
  readonly by: string;
}

export function storyOf(records: readonly JournalRecord[]): Story {
  const runs = new Map<string, Telling>();
  for (const record of records) {
    if (record.type === 'run.started') runs.set(record.run, begun(record));
    const telling = runs.get(record.run);
    if (telling !== undefined) follow(telling, record);
  }
  return {
    runs: [...runs.values()].map(({ stoppedAtMs: _stopped, ...run }) => run),
    overrides: records.filter(({ type }) => type === 'gate.overridden').map(overrideOf),
    halts: records
      .filter(({ type }) => type === 'halt.raised' || type === 'halt.cleared')
      .map(haltOf),
  };
}

type Telling = { -readonly [Key in keyof RunStory]: RunStory[Key] } & {
  stoppedAtMs: number | null;
};

function begun(record: JournalRecord): Telling {
  const { within } = record.data;
  return {
    ...subjectOf(record),
    within: typeof within === 'string' ? within : null,
    startedAt: timeOf(record),
    finishedAt: null,
    tookMs: null,
    outcome: 'open',
    undo: null,
    pauseMs: null,
    announced: 0,
    lost: null,
    unaudited: [],
    stoppedAtMs: null,
  };
}

function follow(telling: Telling, record: JournalRecord): void {
  const { type, step, data } = record;
  const atMs = Date.parse(timeOf(record));
  if (type === 'step.intended' && step === 'stop') telling.stoppedAtMs ??= atMs;
  if (type === 'step.done') {
    if (step === 'start' && telling.stoppedAtMs !== null) {
      telling.pauseMs = atMs - telling.stoppedAtMs;
    }
    if (typeof data['announced'] === 'number') telling.announced = data['announced'];
    if (typeof data['lost'] === 'number') telling.lost = data['lost'];
    if (Array.isArray(data['streams'])) telling.unaudited = unauditedIn(data['streams']);
  }
  if (type === 'run.finished' || type === 'run.superseded') {
    telling.finishedAt = timeOf(record);
    telling.tookMs = atMs - Date.parse(telling.startedAt);
    telling.undo = typeof data['undo'] === 'string' ? data['undo'] : null;
    const done = data['outcome'] === 'done';
    telling.outcome = type === 'run.superseded' ? 'superseded' : done ? 'done' : 'failed';
  }
}

function unauditedIn(streams: readonly Json[]): readonly string[] {
  return streams.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null || !('verdict' in entry)) return [];
    return entry['verdict'] === 'inconclusive' ? [String(entry['stream'])] : [];
  });
}

function overrideOf(record: JournalRecord): OverrideStory {
  const { gate, reason, verdict } = record.data;
  return {
    ...{ at: timeOf(record), run: record.run },
    ...{ gate: String(gate), reason: String(reason), verdict: String(verdict) },
  };
}

function haltOf(record: JournalRecord): HaltStory {
  const { reason, by } = record.data;
  return {
    at: timeOf(record),
    what: record.type === 'halt.raised' ? 'raised' : 'cleared',
    reason: String(reason ?? ''),
    by: String(by ?? ''),
  };
}

function timeOf({ redisAt, at }: JournalRecord): string {
  return redisAt ?? at;
}
