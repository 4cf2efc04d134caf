import type { CriterionVerdict, MigrationHistory, MigrationPhase } from '../../checks/index.js';
import type { Plan } from '../../facts/index.js';
import type { JournalRecord } from '../../journal/index.js';
import { type SampledPast, sampledPast } from '../../steps/index.js';
import { type Story, storyOf } from './story.js';

/** The whole migration, looked back upon: what `report` shows. */
export interface MigrationReport
  extends Pick<SampledPast, 'baseline' | 'success' | 'phases' | 'charts'> {
  readonly source: string;
  readonly target: string;
  readonly phase: MigrationPhase;
  /** ISO 8601. */
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly thresholds: Plan['thresholds'];
  readonly modules: readonly ModuleReport[];
  readonly downtime: DowntimeReport;
  readonly story: Story;
}

/** The zero-loss audit of one module: by its runs, and by the samples of its groups. */
export interface ModuleReport {
  readonly module: string;
  readonly moves: number;
  /** Null where no run was audited. */
  readonly lostByRuns: number | null;
  readonly unaudited: readonly string[];
  readonly sampled: CriterionVerdict;
  readonly announced: number;
}

/**
 * Zero downtime: nobody could be kept from publishing, and what was published waited no longer than a
 * pause. So the pauses of the modules, the time the bus was down, and what it turned away.
 */
export interface DowntimeReport {
  readonly pauses: readonly {
    readonly module: string;
    readonly count: number;
    readonly longestMs: number;
    readonly sumMs: number;
  }[];
  readonly health: CriterionVerdict;
  /** Publishes that a bus turned away; null where no bus tells. */
  readonly refused: number | null;
}

export interface LookBack {
  readonly records: readonly JournalRecord[];
  readonly history: MigrationHistory;
  readonly phase: MigrationPhase;
  /** Narrows the period; ms. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  /** Redis's time where it answers, else this host's. */
  readonly nowMs: number;
}

/** Looks back upon the migration by its journal, its samples and its baseline; asks nobody. */
export async function lookBack(plan: Plan, given: LookBack): Promise<MigrationReport> {
  const { records, history, nowMs } = given;
  const toMs = Math.min(nowMs, given.untilMs ?? nowMs);
  const fromMs = Math.min(toMs, given.sinceMs ?? beginOf(records) ?? toMs);
  const past = await sampledPast(plan, { history, fromMs, toMs });
  const story = storyOf(records);
  const { baseline, success, phases, charts } = past;
  return {
    ...{ source: plan.source.name, target: plan.target.name, phase: given.phase },
    ...{ at: iso(nowMs), from: iso(fromMs), to: iso(toMs), thresholds: plan.thresholds },
    ...{ baseline, success, phases, charts },
    modules: [...past.losses].map(([name, sampled]) => moduleReport(name, story, sampled)),
    downtime: { pauses: pausesOf(story), health: past.uptime, refused: past.refused },
    story,
  };
}

function moduleReport(module: string, { runs }: Story, sampled: CriterionVerdict): ModuleReport {
  const own = runs.filter((run) => run.module === module);
  const audited = own.flatMap(({ lost }) => lost ?? []);
  return {
    module,
    moves: own.filter(({ outcome }) => outcome === 'done').length,
    lostByRuns: audited.length === 0 ? null : audited.reduce((sum, each) => sum + each, 0),
    unaudited: [...new Set(own.flatMap(({ unaudited }) => unaudited))],
    sampled,
    announced: own.reduce((sum, { announced }) => sum + announced, 0),
  };
}

function pausesOf({ runs }: Story): DowntimeReport['pauses'] {
  const modules = [...new Set(runs.flatMap(({ module }) => module ?? []))];
  return modules.flatMap((module) => {
    const pauses = runs.flatMap((run) => (run.module === module ? (run.pauseMs ?? []) : []));
    if (pauses.length === 0) return [];
    const sumMs = pauses.reduce((sum, each) => sum + each, 0);
    return [{ module, count: pauses.length, longestMs: Math.max(...pauses), sumMs }];
  });
}

/** The first thing that the journal knows of; before it there was no migration. */
function beginOf(records: readonly JournalRecord[]): number | null {
  const [first] = records;
  return first === undefined ? null : Date.parse(first.redisAt ?? first.at);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
