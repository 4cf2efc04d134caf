import type { PendingOfGroup, PendingRow } from '../steps/index.js';
import { formatCount, formatCountOf, formatDuration } from './format.js';
import {
  type Cell,
  cell,
  figureColumn,
  GAP,
  line,
  nameColumn,
  type Page,
  type Table,
  textColumn,
  wholeColumn,
} from './page.js';

/** A table for each group that has something pending, or one line that nothing is. */
export function pendingPage(groups: readonly PendingOfGroup[]): Page {
  const some = groups.filter((group) => group.matching > 0);
  if (some.length === 0) return [line('No pending entry was found.')];
  return some.flatMap((group, at) => [
    ...(at === 0 ? [] : [GAP]),
    line(`${group.group} on ${group.stream}: ${countText(group)}`, { tone: 'strong' }),
    ...(group.entries.length === 0 ? [] : [entriesTable(group.entries)]),
  ]);
}

function entriesTable(entries: readonly PendingRow[]): Table {
  return {
    kind: 'table',
    columns: [
      wholeColumn('ID'),
      nameColumn('CONSUMER'),
      figureColumn('IDLE'),
      figureColumn('DELIVERED'),
      textColumn('MESSAGE'),
    ],
    rows: entries.map((entry) => [
      cell(entry.id),
      cell(entry.consumer),
      cell(formatDuration(entry.idleMs)),
      cell(`${formatCount(entry.deliveries)} x`),
      messageCell(entry),
    ]),
    empty: '',
  };
}

/** `12 entries pending`, and what of them is meant and shown where that is not all. */
function countText({ pending, matching, entries }: PendingOfGroup): string {
  const all = formatCountOf(pending, 'entry pending', 'entries pending');
  const meant = matching === pending ? '' : `, ${formatCount(matching)} of them meant`;
  const shown =
    entries.length === matching ? '' : `, the oldest ${formatCount(entries.length)} shown`;
  return all + meant + (entries.length === 0 ? ', none shown' : shown);
}

function messageCell({ message, parked, ghost }: PendingRow): Cell {
  if (ghost && message === null) return cell('(gone from the stream)', 'bad');
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  // A terminal shows less than this; a message may be megabytes long.
  const start = text.slice(0, LONGEST_SHOWN);
  return cell(parked ? `(parked) ${start}` : start, parked ? 'warn' : 'plain');
}

const LONGEST_SHOWN = 60;
