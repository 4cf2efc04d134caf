import type { Runbook, RunbookStep } from '../runbooks/index.js';
import {
  cell,
  figureColumn,
  GAP,
  type Line,
  line,
  type Page,
  type Table,
  textColumn,
  wholeColumn,
} from './page.js';

export function runbooksTable(runbooks: readonly Runbook[]): Table {
  return {
    kind: 'table',
    columns: [
      wholeColumn('ID'),
      figureColumn('PHASE'),
      figureColumn('STEPS'),
      textColumn('TITLE'),
      textColumn('ON FAILURE'),
    ],
    rows: runbooks.map((runbook) => [
      cell(runbook.id),
      cell(String(runbook.phase)),
      cell(String(runbook.steps.length)),
      cell(runbook.title),
      cell(runbook.onFailure ?? ''),
    ]),
    empty: 'There is no runbook.',
  };
}

/** The procedure as a person would follow it: why, and what to type without this tool. */
export function runbookPage(runbook: Runbook): Page {
  return [
    line(`${runbook.title} (${runbook.id}, phase ${runbook.phase})`, { tone: 'strong' }),
    line(runbook.file, { whole: true, tone: 'dim' }),
    ...(runbook.onFailure === null ? [] : [line(`Taken back by ${runbook.onFailure}.`)]),
    ...runbook.steps.flatMap(stepLines),
  ];
}

function stepLines(step: RunbookStep, at: number): readonly Line[] {
  return [
    GAP,
    line(`${at + 1}.  ${step.title} (${step.id}, by ${step.uses})`, { tone: 'strong' }),
    ...paragraphs(step.why).map((text) => line(text, { indent: 4 })),
    ...(step.byHand === null ? [] : [line('By hand:', { indent: 4, tone: 'dim' })]),
    ...(step.byHand ?? '')
      .split('\n')
      .filter((text) => text.trim() !== '')
      .map((text) => line(text, { indent: 6, whole: true })),
  ];
}

function paragraphs(prose: string): readonly string[] {
  return prose
    .split(/\n\s*\n/)
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => text !== '');
}
