import { formatCount } from './format.js';
import { lagText } from './lag-report.js';
import {
  type Cell,
  cell,
  figureColumn,
  nameColumn,
  rowsUnder,
  spareColumn,
  type Table,
  wholeColumn,
} from './page.js';

/** One consumer group on one stream, as `groups --json` shows it. */
export interface GroupRow {
  readonly stream: string;
  readonly group: string;
  readonly module: string | null;
  readonly side: 'source' | 'target' | 'unknown';
  readonly consumers: number;
  readonly pending: number;
  readonly lag: number | null;
  readonly lagAtLeast: number | null;
  readonly cursor: string;
  /** Since somebody last read with this group; null where that is not known. */
  readonly idleMs: number | null;
}

/** The groups under their streams, each with the module and the bus it belongs to. */
export function groupsTable(groups: readonly GroupRow[]): Table {
  return {
    kind: 'table',
    columns: [
      nameColumn('GROUP'),
      wholeColumn('OWNER'),
      figureColumn('CONSUMERS'),
      figureColumn('PENDING'),
      figureColumn('LAG'),
      spareColumn('CURSOR'),
    ],
    rows: rowsUnder(
      groups,
      ({ stream }) => stream,
      (group) => [
        cell(`  ${group.group}`),
        ownerCell(group),
        cell(formatCount(group.consumers)),
        cell(formatCount(group.pending)),
        cell(lagText(group)),
        cell(group.cursor, 'dim'),
      ],
    ),
    empty: 'No consumer group was found.',
  };
}

function ownerCell({ module, side }: GroupRow): Cell {
  return module === null ? cell('unknown', 'warn') : cell(`${module} ${side}`);
}
