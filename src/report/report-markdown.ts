import type { MigrationReport } from '../runbooks/index.js';
import {
  reportLead,
  reportSections,
  reportTitle,
  type Section,
  type SectionCell,
  type SectionTable,
} from './migration-report.js';
import { printable } from './printable.js';

/** The report as Markdown, without the charts. */
export function reportMarkdown(report: MigrationReport): string {
  const parts = [
    `# ${escaped(reportTitle(report))}`,
    escaped(reportLead(report)),
    ...reportSections(report).flatMap(sectionText),
  ];
  return `${parts.join('\n\n')}\n`;
}

function sectionText({ title, text, table }: Section): readonly string[] {
  return [
    `## ${escaped(title)}`,
    ...text.map(escaped),
    ...(table === null || table.rows.length === 0 ? [] : [tableText(table)]),
  ];
}

function tableText({ columns, rows }: SectionTable): string {
  const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    lineOf(columns.map(escaped)),
    lineOf(columns.map(() => '---')),
    ...rows.map((row) => lineOf(row.map(cellText))),
  ].join('\n');
}

function cellText(cell: SectionCell): string {
  return typeof cell === 'string' ? escaped(cell) : VERDICTS[cell.verdict];
}

const VERDICTS = {
  pass: 'pass',
  fail: '**FAIL**',
  inconclusive: 'inconclusive',
  error: '**error**',
};

/** Text that Markdown takes for nothing but text. */
function escaped(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>|#&~]/g, (character) => `\\${character}`);
}
