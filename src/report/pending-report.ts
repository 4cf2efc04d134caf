import type { Json } from '../problems/index.js';
import { formatCount, formatCountOf, formatDuration } from './format.js';
import {
  cell,
  figureColumn,
  GAP,
  line,
  nameColumn,
  type Page,
  textColumn,
  wholeColumn,
} from './page.js';

/** One pending entry, as `pending --json` shows it. */
export interface PendingRow {
  readonly id: string;
  readonly consumer: string;
  readonly idleMs: number;
  readonly deliveries: number;
  /** The entry is gone from the stream: nobody can ever handle it. */
  readonly ghost: boolean;
  /** Set aside by a handoff, waiting for `claim --exec` or `ack`. */
  readonly parked: boolean;
  /** The document of the message, its raw text where it is no JSON, null where there is none. */
  readonly message: Json;
}

export interface PendingOfGroup {
  readonly stream: string;
  readonly group: string;
  /** All pending entries of the group; `entries` may hold fewer, after filters and a limit. */
  readonly pending: number;
  readonly entries: readonly PendingRow[];
}

/** A table for each group that has something pending, or one line that nothing is. */
export function pendingPage(groups: readonly PendingOfGroup[]): Page {
  const shown = groups.filter((group) => group.entries.length > 0);
  if (shown.length === 0) return [line('No pending entry was found.')];
  return shown.flatMap((group, at) => [
    ...(at === 0 ? [] : [GAP]),
    line(`${group.group} on ${group.stream}: ${countText(group)}`, { tone: 'strong' }),
    {
      kind: 'table',
      columns: [
        wholeColumn('ID'),
        nameColumn('CONSUMER'),
        figureColumn('IDLE'),
        figureColumn('DELIVERED'),
        textColumn('MESSAGE'),
      ],
      rows: group.entries.map((entry) => [
        cell(entry.id),
        cell(entry.consumer),
        cell(formatDuration(entry.idleMs)),
        cell(`${formatCount(entry.deliveries)} x`),
        entry.ghost ? cell('(gone from the stream)', 'bad') : cell(messageText(entry)),
      ]),
      empty: '',
    },
  ]);
}

function countText({ pending, entries }: PendingOfGroup): string {
  const all = formatCountOf(pending, 'entry pending', 'entries pending');
  return entries.length === pending ? all : `${all}, ${formatCount(entries.length)} shown`;
}

function messageText({ message, parked }: PendingRow): string {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return parked ? `(parked) ${text}` : text;
}
