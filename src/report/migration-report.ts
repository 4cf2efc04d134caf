import type { CriterionVerdict } from '../checks/index.js';
import type { JsonObject, Verdict } from '../problems/index.js';
import type { MigrationReport } from '../runbooks/index.js';
import { formatBytes, formatCount, formatDuration, formatRatio, UNKNOWN } from './format.js';

/*
 * What the report says, before anybody thought of Markdown or HTML: sections of prose and tables. Every
 * figure is text here; a verdict stays a verdict, so that it can be seen at a glance.
 */

export interface Section {
  readonly title: string;
  readonly text: readonly string[];
  readonly table: SectionTable | null;
}

export interface SectionTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SectionCell[])[];
}

export type SectionCell = string | { readonly verdict: Verdict };

/** The sections in the order in which somebody asks: was it a success, was it safe, what happened. */
export function reportSections(report: MigrationReport): readonly Section[] {
  return [
    successSection(report),
    criteriaSection(report),
    lossSection(report),
    downtimeSection(report),
    rollbackSection(report),
    runsSection(report),
    overridesSection(report),
    haltsSection(report),
  ];
}

export function reportTitle({ source, target }: MigrationReport): string {
  return `Migration from ${source} to ${target}`;
}

export function reportLead({ phase, at, from, to }: MigrationReport): string {
  return `Phase ${phase}. From ${timeText(from)} to ${timeText(to)}; written ${timeText(at)}.`;
}

/** `2026-01-31 12:00:00Z`. */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, 'Z');
}

// ---- the guide's final table

interface Metric {
  readonly criterion: CriterionVerdict['criterion'];
  readonly title: string;
  readonly baseline: (report: MigrationReport) => string;
  readonly target: (report: MigrationReport) => string;
  readonly actual: (figures: JsonObject) => string;
}

const METRICS: readonly Metric[] = [
  {
    criterion: 'memory',
    title: 'Memory usage (highest)',
    baseline: ({ baseline }) => formatBytes(baseline?.memoryBytes ?? null),
    target: ({ thresholds }) => `< ${formatBytes(thresholds.memory.targetBytes)}`,
    actual: ({ highestBytes }) => formatBytes(numberOf(highestBytes)),
  },
  {
    criterion: 'publish-latency',
    title: 'Publish latency p95 (estimate)',
    baseline: ({ baseline }) => msText(baseline?.publishP95Ms ?? null),
    target: ({ thresholds }) => `< ${msText(thresholds.latencyP95Ms)}`,
    actual: ({ p95Ms }) => msText(numberOf(p95Ms)),
  },
  {
    criterion: 'subscribe-latency',
    title: 'Subscribe latency p95 (estimate)',
    baseline: ({ baseline }) => msText(baseline?.subscribeP95Ms ?? null),
    target: ({ thresholds }) => `< ${msText(thresholds.latencyP95Ms)}`,
    actual: ({ p95Ms }) => msText(numberOf(p95Ms)),
  },
  {
    criterion: 'uptime',
    title: 'Uptime',
    baseline: () => UNKNOWN,
    target: () => '99.9 %',
    actual: ({ share }) => formatRatio(numberOf(share)),
  },
  {
    criterion: 'contracts',
    title: 'Contract validation errors',
    baseline: () => UNKNOWN,
    target: () => '0',
    actual: ({ violations, logErrors, checked }) =>
      `${formatCount((numberOf(violations) ?? 0) + (numberOf(logErrors) ?? 0))} of ${formatCount(numberOf(checked))} checked`,
  },
  {
    criterion: 'loss',
    title: 'Message loss',
    baseline: () => UNKNOWN,
    target: () => '0',
    actual: ({ lost }) => formatCount(numberOf(lost)),
  },
  {
    criterion: 'lag-average',
    title: 'Consumer lag (average)',
    baseline: ({ baseline }) => averageText(baseline?.lag.map(({ average }) => average) ?? []),
    target: () => '< 50',
    actual: ({ average }) => decimalText(numberOf(average)),
  },
];

function successSection(report: MigrationReport): Section {
  const { over, coverage, criteria } = report.success;
  const rows = METRICS.map((metric): readonly SectionCell[] => {
    const found = criteria.find(({ criterion }) => criterion === metric.criterion);
    return [
      metric.title,
      metric.baseline(report),
      metric.target(report),
      found === undefined ? UNKNOWN : metric.actual(found.figures),
      { verdict: found?.verdict ?? 'inconclusive' },
    ];
  });
  const period =
    over === 'burn-in'
      ? 'Over the burn-in.'
      : 'Over all that is known: the burn-in has not begun, so nothing of this is final.';
  const { source, target } = report;
  return {
    title: 'Success metrics',
    text: [`${period} ${coverageText(coverage)}`],
    table: {
      columns: ['Metric', `Baseline (${source})`, `Target (${target})`, 'Actual', 'Verdict'],
      rows,
    },
  };
}

function criteriaSection({ phases }: MigrationReport): Section {
  return {
    title: 'Criteria of the phases',
    text: phases.map(
      ({ title, from, to, lengthMs, coverage }) =>
        `${title}: ${timeText(from)} to ${timeText(to)}, asked ${formatDuration(lengthMs)}. ${coverageText(coverage)}`,
    ),
    table: {
      columns: ['Phase', 'Criterion', 'What was seen', 'Verdict'],
      rows: phases.flatMap(({ title, criteria }) =>
        criteria.map(({ criterion, message, verdict }) => [title, criterion, message, { verdict }]),
      ),
    },
  };
}

function coverageText(coverage: MigrationReport['success']['coverage']): string {
  const { coveredMs, samples, longestGapMs, gaps, clockSteps, startedAgain } = coverage;
  const again = startedAgain === null ? '' : `, began anew ${startedAgain.times} times`;
  const steps = clockSteps === 0 ? '' : `, the clock went back ${clockSteps} times`;
  const gap = gaps === 0 ? 'no gap' : `${gaps} gaps, the longest ${formatDuration(longestGapMs)}`;
  return `${formatCount(samples)} samples cover ${formatDuration(coveredMs)}; ${gap}${steps}${again}.`;
}

function lossSection({ modules }: MigrationReport): Section {
  return {
    title: 'Zero-loss audit',
    text: [
      'Lost by runs: entries that the audit of each move found trimmed before they were handled. Lost as sampled: the same between all samples. Announced: messages in hand at a stop, perhaps handled twice.',
    ],
    table: {
      columns: [
        'Module',
        'Runs',
        'Lost by runs',
        'Not to be told',
        'Lost as sampled',
        'Announced',
        'Verdict',
      ],
      rows: modules.map(({ module, moves, lostByRuns, unaudited, sampled, announced }) => [
        ...[module, formatCount(moves), formatCount(lostByRuns)],
        unaudited.length === 0 ? 'none' : unaudited.join(', '),
        formatCount(numberOf(sampled.figures['lost'])),
        formatCount(announced),
        { verdict: lossVerdict(lostByRuns, unaudited, sampled.verdict) },
      ]),
    },
  };
}

function lossVerdict(
  lostByRuns: number | null,
  unaudited: readonly string[],
  sampled: Verdict,
): Verdict {
  if (sampled === 'fail' || (lostByRuns ?? 0) > 0) return 'fail';
  return unaudited.length > 0 ? 'inconclusive' : sampled;
}

function downtimeSection({ downtime: { pauses, health, refused } }: MigrationReport): Section {
  const sumMs = pauses.reduce((sum, pause) => sum + pause.sumMs, 0);
  const { gaps, downMs, share } = health.figures;
  return {
    title: 'Downtime',
    text: [
      'Zero downtime means that whatever was published was taken, and waited no longer than the pause of its module.',
      `All pauses together: ${formatDuration(sumMs)}.`,
      `The target bus was down ${formatCount(numberOf(gaps))} times, ${formatDuration(numberOf(downMs))} in all; up ${formatRatio(numberOf(share))} of the time that samples cover.`,
      `Publishes that were turned away: ${refused === null ? 'no bus tells' : formatCount(refused)}.`,
    ],
    table: {
      columns: ['Module', 'Pauses', 'Longest', 'All together'],
      rows: pauses.map(({ module, count, longestMs, sumMs: own }) => [
        ...[module, formatCount(count), formatDuration(longestMs), formatDuration(own)],
      ]),
    },
  };
}

/** Guide, "Recovery time". */
const GUIDE_RECOVERY = '15 min';

function rollbackSection({ story }: MigrationReport): Section {
  const whole = story.runs.filter(
    ({ verb, within }) => verb.startsWith('rollback') && within === null,
  );
  const againOf = (run: string): number =>
    story.runs
      .filter((each) => each.run === run || each.within === run)
      .reduce((sum, { announced }) => sum + announced, 0);
  return {
    title: 'Rollbacks',
    text: whole.length === 0 ? ['None.'] : [`The guide expects ${GUIDE_RECOVERY} for all of it.`],
    table: {
      columns: ['Run', 'What', 'Began', 'Took', 'Messages handled again, at most', 'Outcome'],
      rows: whole.map((run) => [
        ...[run.run, whatText(run), timeText(run.startedAt), formatDuration(run.tookMs)],
        ...[formatCount(againOf(run.run)), run.outcome],
      ]),
    },
  };
}

function runsSection({ story: { runs } }: MigrationReport): Section {
  return {
    title: 'Runs',
    text: runs.length === 0 ? ['None.'] : [],
    table: {
      columns: ['Run', 'What', 'Began', 'Took', 'Pause', 'Announced', 'Lost', 'Outcome'],
      rows: runs.map((run) => [
        ...[run.run, whatText(run), timeText(run.startedAt), formatDuration(run.tookMs)],
        ...[formatDuration(run.pauseMs), formatCount(run.announced), formatCount(run.lost)],
        run.undo === null || run.undo === 'none' ? run.outcome : `${run.outcome}, undo ${run.undo}`,
      ]),
    },
  };
}

function whatText({ verb, module, within }: MigrationReport['story']['runs'][number]): string {
  return `${verb}${module === null ? '' : ` ${module}`}${within === null ? '' : ' (part)'}`;
}

function overridesSection({ story: { overrides } }: MigrationReport): Section {
  return {
    title: 'Gates passed by name',
    text: overrides.length === 0 ? ['None.'] : [],
    table: {
      columns: ['At', 'Gate', 'It said', 'Reason', 'Run'],
      rows: overrides.map(({ at, gate, verdict, reason, run }) => [
        ...[timeText(at), gate, verdict, reason, run],
      ]),
    },
  };
}

function haltsSection({ story: { halts } }: MigrationReport): Section {
  return {
    title: 'Emergency stops',
    text: halts.length === 0 ? ['None.'] : [],
    table: {
      columns: ['At', 'What', 'Reason', 'By'],
      rows: halts.map(({ at, what, reason, by }) => [timeText(at), what, reason, by]),
    },
  };
}

function numberOf(value: JsonObject[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function msText(ms: number | null): string {
  return ms === null ? UNKNOWN : `${decimalText(ms)} ms`;
}

function decimalText(value: number | null): string {
  return value === null ? UNKNOWN : String(Number(value.toPrecision(3)));
}

function averageText(averages: readonly (number | null)[]): string {
  const known = averages.filter((each) => each !== null);
  return known.length === 0 ? UNKNOWN : decimalText(Math.max(...known));
}
