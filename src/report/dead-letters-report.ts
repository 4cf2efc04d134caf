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
  textColumn,
  wholeColumn,
} from './page.js';

/** The dead letters under their streams. */
export function deadLettersPage(rows: readonly DeadRow[], total: number): Page {
  if (total === 0) return [line('No dead letter was found.')];
  const shown = rows.length === total ? '' : `, the oldest ${formatCount(rows.length)} shown`;
  return [
    line(`${formatCountOf(total, 'dead letter', 'dead letters')}${shown}`, { tone: 'strong' }),
    {
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
    },
  ];
}
