import { printableJson, reportHtml, reportMarkdown } from '../report/index.js';
import { type Host, type MigrationReport, type PhaseRequest, reportOf } from '../runbooks/index.js';

/** The report in each of its formats. */
export const REPORT_TEXTS = {
  md: reportMarkdown,
  html: reportHtml,
  json: (report: MigrationReport): string => `${printableJson({ v: 1, ...report, next: [] })}\n`,
};

/** What a run about the whole migration keeps of the report at its end. */
export function reportForArchive({ plan }: Pick<Host, 'plan'>): PhaseRequest['report'] {
  return async (nowMs) => {
    const report = await reportOf(plan, { nowMs, sinceMs: null, untilMs: null });
    return { markdown: REPORT_TEXTS.md(report), json: REPORT_TEXTS.json(report) };
  };
}
