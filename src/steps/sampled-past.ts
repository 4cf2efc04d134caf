import {
  burnInCriteria,
  type Charts,
  type CriterionVerdict,
  chartFold,
  finalCriteria,
  loss,
  type MigrationHistory,
  moduleCriteria,
  phase1Criteria,
  phase2Criteria,
  refusedFold,
  type SoakFigures,
  uptime,
} from '../checks/index.js';
import { type Baseline, readBaseline } from '../evidence/index.js';
import type { Plan } from '../facts/index.js';
import { type AskedSoak, askSoak, foldSamples, type SoakReading } from './soak-evidence.js';

/** What samples and baseline tell of a whole migration. */
export interface SampledPast {
  readonly baseline: Baseline | null;
  /** The guide's final table, over the burn-in, or over all that is known before there is one. */
  readonly success: {
    readonly over: 'burn-in' | 'all';
    readonly coverage: Coverage;
    readonly criteria: readonly CriterionVerdict[];
  };
  readonly phases: readonly PhaseReport[];
  /** Of each module, by its name. */
  readonly losses: ReadonlyMap<string, CriterionVerdict>;
  readonly uptime: CriterionVerdict;
  /** Publishes that a bus turned away; null where no bus tells. */
  readonly refused: number | null;
  readonly charts: Charts;
}

export type Coverage = Omit<SoakFigures, 'criteria'>;

export interface PhaseReport {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly lengthMs: number;
  readonly coverage: Coverage;
  readonly criteria: readonly CriterionVerdict[];
}

/** Reads the samples of a period once, and judges all that the guide asks of it. */
export async function sampledPast(
  plan: Plan,
  {
    history,
    fromMs,
    toMs,
  }: { readonly history: MigrationHistory; readonly fromMs: number; readonly toMs: number },
): Promise<SampledPast> {
  const baseline = await readBaseline(plan.stateDir);
  const over: AskedOver = (asked) =>
    askSoak({ ...asked, nowMs: Math.min(asked.nowMs, toMs), everyMs: plan.watch.everyMs });
  const { burnInSinceMs } = history.phases;
  const final = over({
    sinceMs: burnInSinceMs ?? fromMs,
    ...{ nowMs: toMs, lengthMs: plan.soak.burnInMs, startsAgain: false },
    criteria: () => finalCriteria(plan.thresholds),
  });
  const phases = phaseReadings(plan, { history, baseline, fromMs, toMs, over });
  const losses = plan.modules.map(({ name }) => ({
    name,
    reading: whole(over, { fromMs, toMs }, () => [loss(name)]),
  }));
  const up = whole(over, { fromMs, toMs }, () => [uptime()]);
  const charts = chartFold({ sinceMs: fromMs, nowMs: toMs });
  const refused = refusedFold();
  await foldSamples(plan.stateDir, [
    ...[final, up, ...losses.map(({ reading }) => reading)],
    ...phases.map(({ reading }) => reading),
    ...[charts, refused].map((fold) => ({ fromMs, toMs, fold })),
  ]);
  return {
    baseline,
    success: { over: burnInSinceMs === null ? 'all' : 'burn-in', ...judged(final) },
    phases: phases.map(({ title, reading, lengthMs }) => ({
      ...{ title, lengthMs, from: iso(reading.fromMs), to: iso(reading.toMs) },
      ...judged(reading),
    })),
    losses: new Map(losses.map(({ name, reading }) => [name, only(reading)])),
    uptime: only(up),
    refused: refused.outcome(),
    charts: charts.outcome(),
  };
}

type AskedOver = (asked: Omit<AskedSoak, 'everyMs'>) => SoakReading;

interface Readings {
  readonly history: MigrationHistory;
  readonly baseline: Baseline | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly over: AskedOver;
}

interface PhaseReading {
  readonly title: string;
  readonly lengthMs: number;
  readonly reading: SoakReading;
}

/** The periods for which the guide has criteria, as far as they have begun. */
function phaseReadings(plan: Plan, readings: Readings): readonly PhaseReading[] {
  const { history, baseline, toMs, over } = readings;
  const { thresholds, soak } = plan;
  const moved = plan.modules.flatMap((module) => {
    const sinceMs = history.modules.get(module.name)?.soakSinceMs ?? null;
    return sinceMs === null ? [] : [{ module, sinceMs }];
  });
  const firstMs = Math.min(toMs, ...moved.map(({ sinceMs }) => sinceMs));
  const burnInMs = history.phases.burnInSinceMs;
  const reading = (
    title: string,
    lengthMs: number,
    asked: Omit<AskedSoak, 'everyMs' | 'lengthMs'>,
  ): readonly PhaseReading[] =>
    asked.sinceMs === null ? [] : [{ title, lengthMs, reading: over({ ...asked, lengthMs }) }];
  return [
    ...reading('Phase 1, parallel operation', soak.phase1Ms, {
      ...{ sinceMs: history.phase1SinceMs, nowMs: firstMs, validatedDaily: true },
      criteria: () => phase1Criteria(thresholds, soak.phase1Ms),
    }),
    ...moved.flatMap(({ module, sinceMs }) =>
      reading(`Phase 2, ${module.name}`, soak.moduleMs, {
        ...{ sinceMs, nowMs: burnInMs ?? toMs },
        criteria: () => moduleCriteria(module, thresholds, baseline),
      }),
    ),
    ...reading('Phase 2, all modules', soak.moduleMs, {
      sinceMs: moved.length === 0 ? null : Math.max(...moved.map(({ sinceMs }) => sinceMs)),
      nowMs: burnInMs ?? toMs,
      criteria: () => phase2Criteria(thresholds, baseline),
    }),
    ...reading('Phase 3, burn-in', soak.burnInMs, {
      ...{ sinceMs: burnInMs, nowMs: toMs },
      criteria: () => burnInCriteria(thresholds, baseline, soak.burnInMs),
    }),
  ];
}

function whole(
  over: AskedOver,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  criteria: AskedSoak['criteria'],
): SoakReading {
  return over({ sinceMs: fromMs, nowMs: toMs, lengthMs: 0, startsAgain: false, criteria });
}

function judged(reading: SoakReading): Pick<PhaseReport, 'coverage' | 'criteria'> {
  const { criteria, ...coverage } = reading.evidence().figures;
  return { coverage, criteria };
}

/** The verdict of a reading that has one criterion. */
function only(reading: SoakReading): CriterionVerdict {
  const [verdict] = reading.evidence().figures.criteria ?? [];
  if (verdict === undefined) throw new Error('a reading without its criterion');
  return verdict;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
