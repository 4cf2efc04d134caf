import { formatCount, formatDuration } from './format.js';
import { cell, figureColumn, GAP, line, nameColumn, type Page } from './page.js';

/** What came of a rehearsal; the result of rehearsal/ fits it. */
export interface RehearsalReport {
  readonly ok: boolean;
  readonly modules: readonly AuditedModule[];
  readonly rate: { readonly asked: number; readonly publishers: number; readonly total: number };
  readonly seed: string;
  readonly moves: readonly {
    /** As it is typed. */
    readonly command: string;
    readonly exitCode: number;
    readonly text: string;
    readonly durationMs: number;
  }[];
  readonly directory: string | null;
  readonly durationMs: number;
}

/** Every message published against every message handled. */
export interface AuditedModule {
  readonly module: string;
  readonly published: number;
  readonly handled: number;
  readonly lost: number;
  readonly twice: number;
  readonly repeated: number;
  readonly announced: number;
}

/** Guide, phase 3, "Rollback": its recovery time, about 15 minutes. */
export const RECKONED_MS = 15 * 60_000;

export function rehearsalPage(report: RehearsalReport): Page {
  const { rate } = report;
  const failed = report.moves.filter(({ exitCode }) => exitCode !== 0);
  const rollback = report.moves.findLast(({ command }) => command.startsWith('rollback'));
  return [
    ...failed.map(({ command, text }) => line(`${command}: ${text}`, { tone: 'bad' as const })),
    line(
      `${formatCount(rate.publishers)} messages a second from the publishers, ${formatCount(rate.total)} with what the modules published; seed ${report.seed}; ${formatDuration(report.durationMs)}.`,
    ),
    ...(rollback === undefined || rollback.exitCode !== 0
      ? []
      : [
          line(
            `The emergency rollback took ${formatDuration(rollback.durationMs)}; the written procedure reckons with ${formatDuration(RECKONED_MS)}.`,
          ),
        ]),
    ...(report.directory === null ? [] : [line(`Kept in ${report.directory}`, { whole: true })]),
    GAP,
    {
      kind: 'table',
      columns: [
        nameColumn('MODULE'),
        figureColumn('PUBLISHED'),
        figureColumn('HANDLED'),
        figureColumn('LOST'),
        figureColumn('TWICE'),
        figureColumn('REPEATED'),
        figureColumn('ANNOUNCED'),
      ],
      rows: report.modules.map((each) => [
        cell(each.module),
        cell(formatCount(each.published)),
        cell(formatCount(each.handled)),
        cell(formatCount(each.lost), each.lost === 0 ? 'good' : 'bad'),
        cell(formatCount(each.twice), each.twice === 0 ? 'good' : 'bad'),
        cell(formatCount(each.repeated)),
        cell(formatCount(each.announced)),
      ]),
      empty: 'No module was audited.',
    },
    GAP,
    line(
      report.ok
        ? 'Nothing was lost and nothing was handled twice; repeated are messages in hand at a stop, as announced.'
        : 'The rehearsal failed.',
      { tone: report.ok ? 'good' : 'bad' },
    ),
  ];
}
