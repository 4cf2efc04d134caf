import type { DeadRow } from '../steps/index.js';
import { formatCount, formatCountOf } from './format.js';
import {
  cell,
  figureColumn,
  line,
  nameColumn,
  type Page,
  rowsUnder,
  spareColumn,
  type Table,
  textColumn,
  wholeColumn,
} from './page.js';

/** Some dead letters under their streams. */
export function deadLettersTable(rows: readonly DeadRow[]): Table {
  return {
    kind: 'table',
    columns: [
      wholeColumn('ORIGINAL ID'),
      nameColumn('GROUP'),
      figureColumn('DELIVERED'),
      spareColumn('AT'),
      textColumn('REASON'),
    ],
    rows: rowsUnder(
      rows,
      ({ stream }) => stream,
      (row) => [
        cell(`  ${row.originalId}`),
        cell(row.group),
        cell(`${formatCount(row.deliveries)} x`),
        cell(row.at.replace('T', ' ').replace(/\.\d+Z$/, 'Z'), 'dim'),
        cell(
          row.revivable ? row.reason : `(trimmed) ${row.reason}`,
          row.revivable ? 'plain' : 'warn',
        ),
      ],
    ),
    empty: '',
  };
}

/** How many there are in all. */
export function deadLettersFooting(total: number, shown: number): Page {
  if (total === 0) return [line('No dead letter was found.')];
  const oldest = shown === total ? '' : `, the oldest ${formatCount(shown)} shown`;
  return [line(`${formatCountOf(total, 'dead letter', 'dead letters')}${oldest}`)];
}
