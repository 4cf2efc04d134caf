import type { MigrationHistory, ModuleHistory } from '../checks/index.js';
import type { SideName } from '../facts/index.js';
import { type JournalRecord, openPart, openRun, type SharedState } from '../journal/index.js';
import type { Json } from '../problems/index.js';
import { phaseHistoryOf } from './phase-history.js';

/** What a run in the journal is about, as its `run.started` says. */
export interface RunSubjectRecord {
  readonly run: string;
  readonly verb: string;
  readonly module: string | null;
}

export function subjectOf(started: JournalRecord): RunSubjectRecord {
  const text = (value: Json | undefined): string | null =>
    typeof value === 'string' ? value : null;
  return {
    run: started.run,
    verb: text(started.data['verb']) ?? 'unknown',
    module: text(started.data['module']),
  };
}

/** Derives from the journal what gates and states need; the halt is what Redis holds. */
export function historyOf(
  records: readonly JournalRecord[],
  shared: Pick<SharedState, 'halt'>,
): MigrationHistory {
  const modules = new Map<string, ModuleHistory>();
  const runs = new Map<string, RunTrace>();
  for (const record of records) {
    if (record.type === 'run.started') runs.set(record.run, newTrace(record));
    const trace = runs.get(record.run);
    if (record.type === 'adopted') adoptSides(modules, record);
    if (trace === undefined) continue;
    follow(trace, record);
    if (trace.module === null) continue;
    // Until the run that takes its place has ended: what this one began is nobody's else.
    if (record.type === 'run.superseded' && trace.intended) modules.set(trace.module, STRANDED);
    if (record.type !== 'run.finished') continue;
    const before = modules.get(trace.module) ?? ON_SOURCE;
    modules.set(trace.module, afterRun(before, trace, record));
  }
  const { phase1SinceMs, ...phases } = phaseHistoryOf(records);
  const open = openRun(records);
  const part = openPart(records);
  return {
    modules,
    phase1SinceMs,
    phases,
    longestPauseMs: longestPause(runs),
    halt: shared.halt === null ? null : { ...shared.halt, at: shared.halt.at ?? 'unknown' },
    openRun: open === null ? null : subjectOf(open),
    openPart: part === null ? null : subjectOf(part),
  };
}

interface RunTrace extends RunSubjectRecord {
  /** Where it leaves its module when it is done. */
  readonly side: SideName;
  intended: boolean;
  soakSinceMs: number | null;
  stoppedAtMs: number | null;
  pauseMs: number | null;
}

const ON_SOURCE: ModuleHistory = { side: 'source', soakSinceMs: null, stranded: false };
const STRANDED: ModuleHistory = { side: null, soakSinceMs: null, stranded: true };

function newTrace(record: JournalRecord): RunTrace {
  return {
    ...subjectOf(record),
    side: record.data['receiving'] === 'target' ? 'target' : 'source',
    intended: false,
    soakSinceMs: null,
    stoppedAtMs: null,
    pauseMs: null,
  };
}

function follow(trace: RunTrace, record: JournalRecord): void {
  if (record.type === 'step.intended') trace.intended = true;
  const since = record.data['sinceMs'];
  if (record.type === 'step.done' && typeof since === 'number') trace.soakSinceMs = since;
  const atMs = record.redisAt === null ? null : Date.parse(record.redisAt);
  if (record.type === 'step.intended' && record.step === 'stop') trace.stoppedAtMs = atMs;
  if (record.type === 'step.done' && record.step === 'start' && atMs !== null) {
    trace.pauseMs = trace.stoppedAtMs === null ? null : atMs - trace.stoppedAtMs;
  }
}

/** Where a finished run left its module. */
function afterRun(before: ModuleHistory, trace: RunTrace, record: JournalRecord): ModuleHistory {
  const done = record.data['outcome'] === 'done';
  const undo = record.data['undo'];
  switch (trace.verb) {
    case 'migrate':
      if (done) return { side: 'target', soakSinceMs: trace.soakSinceMs, stranded: false };
      return undo === 'failed' ? STRANDED : before;
    case 'rollback':
      if (done) return ON_SOURCE;
      return trace.intended ? STRANDED : before;
    case 'settle':
      return undo === 'failed' ? STRANDED : before;
    case 'publish':
      if (undo === 'failed') return STRANDED;
      return done && before.stranded ? settledOn(trace.side, record) : before;
    default:
      return before;
  }
}

/** A service that was stranded and goes on where it is begins its soak anew. */
function settledOn(side: SideName, { redisAt }: JournalRecord): ModuleHistory {
  const sinceMs = side === 'target' && redisAt !== null ? Date.parse(redisAt) : null;
  return { side, soakSinceMs: sinceMs, stranded: false };
}

function adoptSides(modules: Map<string, ModuleHistory>, record: JournalRecord): void {
  const sides = record.data['modules'];
  if (typeof sides !== 'object' || sides === null || Array.isArray(sides)) return;
  for (const [name, side] of Object.entries(sides)) {
    if (!isSide(side)) continue;
    const sinceMs =
      side === 'target' && record.redisAt !== null ? Date.parse(record.redisAt) : null;
    modules.set(name, { side, soakSinceMs: sinceMs, stranded: false });
  }
}

function isSide(value: unknown): value is SideName {
  return value === 'source' || value === 'target';
}

function longestPause(runs: ReadonlyMap<string, RunTrace>): number | null {
  const pauses = [...runs.values()].flatMap(({ pauseMs }) => (pauseMs === null ? [] : [pauseMs]));
  return pauses.length === 0 ? null : Math.max(...pauses);
}
