import type { Baseline } from '../evidence/index.js';
import { formatBytes, formatCount, formatDuration, UNKNOWN } from './format.js';
import {
  type Cell,
  cell,
  figureColumn,
  GAP,
  line,
  nameColumn,
  type Page,
  type Table,
} from './page.js';

/** The figures of the source bus, as they were captured. */
export function baselinePage(baseline: Baseline): Page {
  const { memoryBytes, publishP95Ms, subscribeP95Ms } = baseline;
  const figures: readonly (readonly [string, string])[] = [
    [
      'Memory',
      memoryBytes === null ? 'inconclusive: no process of its own' : formatBytes(memoryBytes),
    ],
    ['Publish latency, p95', formatDuration(publishP95Ms)],
    ['Subscribe latency, p95 (estimate)', formatDuration(subscribeP95Ms)],
  ];
  return [
    line(`Baseline of ${formatDuration(baseline.durationMs)}, ${baseline.samples} samples.`),
    GAP,
    rates(
      'FIGURE',
      ['VALUE'],
      figures.map(([name, value]) => [cell(name), cell(value)]),
    ),
    GAP,
    rates(
      'MODULE',
      ['HANDLED/MIN', 'ERRORS/MIN'],
      Object.keys(baseline.handledPerMinute).map((module) => [
        cell(module),
        rate(baseline.handledPerMinute[module]),
        rate(baseline.errorsPerMinute[module]),
      ]),
    ),
    GAP,
    rates(
      'STREAM OR SOURCE',
      ['MESSAGES/MIN'],
      [
        ...Object.entries(baseline.messagesPerMinute),
        ...Object.entries(baseline.bySourcePerMinute),
      ].map(([name, value]) => [cell(name), rate(value)]),
    ),
    GAP,
    rates(
      'GROUP',
      ['LAG', 'WORST'],
      baseline.lag.map(({ stream, group, average, worst }) => [
        cell(`${group} on ${stream}`),
        rate(average),
        rate(worst),
      ]),
    ),
  ];
}

function rates(
  name: string,
  figures: readonly string[],
  rows: readonly (readonly Cell[])[],
): Table {
  return {
    kind: 'table',
    columns: [nameColumn(name), ...figures.map(figureColumn)],
    rows,
    empty: 'None.',
  };
}

/** One digit below ten, where it says something. */
function rate(value: number | null | undefined): Cell {
  if (value === null || value === undefined) return cell(UNKNOWN);
  return cell(value < 10 ? String(Number(value.toFixed(1))) : formatCount(value));
}
