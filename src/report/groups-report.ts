import { formatCount, formatDuration } from './format.js';
import { lagText } from './lag-report.js';
import { cell, figureColumn, nameColumn, rowsUnder, type Table, wholeColumn } from './page.js';

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

/** The groups under their streams, so that both names can be read in full. */
export function groupsTable(groups: readonly GroupRow[]): Table {
  return {
    kind: 'table',
    columns: [
      nameColumn('GROUP'),
      wholeColumn('SIDE'),
      figureColumn('CONSUMERS'),
      figureColumn('PENDING'),
      figureColumn('LAG'),
      figureColumn('IDLE'),
    ],
    rows: rowsUnder(
      groups,
      ({ stream }) => stream,
      (group) => [
        cell(`  ${group.group}`),
        cell(group.side, group.side === 'unknown' ? 'dim' : 'plain'),
        cell(formatCount(group.consumers)),
        cell(formatCount(group.pending)),
        cell(lagText(group)),
        cell(formatDuration(group.idleMs)),
      ],
    ),
    empty: 'No consumer group was found.',
  };
}
