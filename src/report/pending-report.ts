import type { PendingRow } from '../steps/index.js';
import { formatCount, formatCountOf, formatDuration } from './format.js';
import {
  type Cell,
  cell,
  figureColumn,
  type Line,
  line,
  nameColumn,
  type Page,
  type Table,
  textColumn,
  wholeColumn,
} from './page.js';

/** What is said over the entries of a group. */
export function pendingHeading(stream: string, group: string, pending: number): Line {
  const all = formatCountOf(pending, 'entry pending', 'entries pending');
  return line(`${group} on ${stream}: ${all}`, { tone: 'strong' });
}

/** What is said under them, where not all are meant or shown. */
export function pendingFooting(pending: number, matching: number, shown: number): Page {
  const meant = matching === pending ? [] : [`${formatCount(matching)} of them meant`];
  const oldest = shown === 0 ? 'none shown' : `the oldest ${formatCount(shown)} shown`;
  const parts = [...meant, ...(shown === matching ? [] : [oldest])];
  return parts.length === 0 ? [] : [line(parts.join(', '), { tone: 'dim' })];
}

/** Some entries, one a row. */
export function pendingTable(entries: readonly PendingRow[]): Table {
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

/** Some entries, each with its whole message laid out under it. */
export function pendingDetails(entries: readonly PendingRow[]): Page {
  return entries.flatMap((entry) => {
    const { id, consumer, idleMs, deliveries, parked, ghost, message } = entry;
    const marks = [...(parked ? ['parked'] : []), ...(ghost ? ['gone from the stream'] : [])];
    const mark = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
    const text = typeof message === 'string' ? message : JSON.stringify(message, null, 2);
    return [
      line(
        `${id}${mark}: ${consumer}, idle ${formatDuration(idleMs)}, delivered ${formatCount(deliveries)} x`,
        ghost ? { tone: 'bad' } : parked ? { tone: 'warn' } : {},
      ),
      ...(message === null
        ? []
        : text.split('\n').map((each) => line(each, { indent: 2, whole: true }))),
    ];
  });
}

function messageCell({ message, parked, ghost }: PendingRow): Cell {
  if (ghost && message === null) return cell('(gone from the stream)', 'bad');
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  // A terminal shows less than this; a message may be megabytes long.
  const start = text.slice(0, LONGEST_SHOWN);
  return cell(parked ? `(parked) ${start}` : start, parked ? 'warn' : 'plain');
}

const LONGEST_SHOWN = 60;
