import { type Cell, cell, formatCount, formatDuration, UNKNOWN } from '../../report/index.js';
import type { FollowedConsumer, FollowedGroup } from '../../steps/index.js';
import { formatRate } from './gauges.js';
import { groupColumns, isFault, SEVERITY, STATE_TONES } from './group-columns.js';
import { fitColumns, type ListColumn, sorted } from './list-column.js';
import { type EntryRow, frameNow, type GroupAt, type ViewState } from './view-state.js';

/** What the present level lists, after filter and sort. */
export interface ShownList {
  /** What each row is, whatever its place. */
  readonly keys: readonly string[];
  /** Rows there are without the filter. */
  readonly total: number;
  readonly columnIds: readonly string[];
  /** Lays the columns out; rows are made only when they are shown. */
  layOut(room: number): LaidOut;
}

export interface LaidOut {
  readonly titles: readonly SizedCell[];
  row(at: number): readonly SizedCell[];
}

export interface SizedCell extends Cell {
  readonly width: number;
  readonly align: 'left' | 'right';
}

/** Null on the level of a message, which is no list. */
export function shownList(state: ViewState): ShownList | null {
  const { level } = frameNow(state);
  switch (level.kind) {
    case 'streams':
      return listed(state, STREAMS, {
        columns: STREAM_COLUMNS,
        things: streamsOf(state),
      });
    case 'groups':
      return listed(state, GROUPS, {
        columns: groupColumns(state.settings),
        things: groupsOf(state).filter(
          ({ figures }) => level.stream === null || figures.stream === level.stream,
        ),
      });
    case 'consumers':
      return listed(state, CONSUMERS, {
        columns: CONSUMER_COLUMNS,
        things: groupAt(state, level)?.consumers ?? [],
      });
    case 'entries': {
      const { entries } = state;
      const isMeant =
        entries?.stream === level.stream &&
        entries.group === level.group &&
        entries.consumer === level.consumer;
      return listed(state, ENTRIES, {
        columns: ENTRY_COLUMNS,
        things: isMeant ? entries.entries : [],
      });
    }
    case 'message':
      return null;
  }
}

export function groupAt(state: ViewState, { stream, group }: GroupAt): FollowedGroup | null {
  const isMeant = (each: FollowedGroup): boolean =>
    each.figures.stream === stream && each.group === group;
  return groupsOf(state).find(isMeant) ?? null;
}

function keyOfGroup({ stream, group }: GroupAt): string {
  return JSON.stringify([stream, group]);
}

/** The group a row of the groups stands for. */
export function groupOfKey(state: ViewState, key: string): FollowedGroup | null {
  return groupsOf(state).find(({ figures }) => keyOfGroup(figures) === key) ?? null;
}

const groupsOf = ({ reading }: ViewState): readonly FollowedGroup[] => reading?.groups ?? [];

/** How the things of a level are told apart, searched and found faulty. */
interface Kind<Thing> {
  keyOf(thing: Thing): string;
  wordsOf(thing: Thing): string;
  isFault(thing: Thing): boolean;
}

function listed<Thing>(
  state: ViewState,
  { keyOf, wordsOf, isFault: faulty }: Kind<Thing>,
  { columns, things }: { columns: readonly ListColumn<Thing>[]; things: readonly Thing[] },
): ShownList {
  const { sort } = frameNow(state);
  const passes = filterOf(state.filter);
  const kept = things.filter(
    (thing) => passes(wordsOf(thing)) && (!state.faultsOnly || faulty(thing)),
  );
  const rows = sorted(
    kept,
    columns.find(({ id }) => id === sort.column),
    sort.descending,
  );
  return {
    keys: rows.map(keyOf),
    total: things.length,
    columnIds: columns.map(({ id }) => id),
    layOut: (room) => layOut(columns, rows, room, sort),
  };
}

function layOut<Thing>(
  columns: readonly ListColumn<Thing>[],
  rows: readonly Thing[],
  room: number,
  sort: { readonly column: string | null; readonly descending: boolean },
): LaidOut {
  const fitted = fitColumns(columns, room);
  return {
    titles: fitted.map(({ column: { id, title, align }, width }) => ({
      ...cell(sort.column === id ? `${title}${sort.descending ? '↓' : '↑'}` : title, 'dim'),
      ...{ width, align },
    })),
    row(at) {
      const thing = rows[at];
      if (thing === undefined) return [];
      return fitted.map(({ column, width }) => ({
        ...column.cell(thing, width),
        ...{ width, align: column.align },
      }));
    },
  };
}

/** `text` keeps what holds it, `!text` what does not; case does not count. */
function filterOf(filter: string): (words: string) => boolean {
  const inverted = filter.startsWith('!');
  const wanted = (inverted ? filter.slice(1) : filter).toLowerCase();
  if (wanted === '') return () => true;
  return (words) => words.toLowerCase().includes(wanted) !== inverted;
}

interface StreamRow {
  readonly stream: string;
  readonly length: number;
  readonly groups: readonly FollowedGroup[];
}

function streamsOf({ reading }: ViewState): readonly StreamRow[] {
  if (reading === null) return [];
  return reading.streams.map(({ stream, length }) => ({
    ...{ stream, length },
    groups: reading.groups.filter(({ figures }) => figures.stream === stream),
  }));
}

function worstOf(groups: readonly FollowedGroup[]): FollowedGroup['figures']['state'] {
  const states = groups.filter(({ inUse }) => inUse).map(({ figures }) => figures.state);
  return states.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), 'ok');
}

const STREAMS: Kind<StreamRow> = {
  keyOf: ({ stream }) => stream,
  wordsOf: ({ stream, groups }) => `${stream} ${groups.map(({ group }) => group).join(' ')}`,
  isFault: ({ groups }) => groups.some(isFault),
};

const GROUPS: Kind<FollowedGroup> = {
  keyOf: ({ figures }) => keyOfGroup(figures),
  wordsOf: ({ figures: { stream, group, module, side, state } }) =>
    `${stream} ${group} ${module ?? ''} ${side} ${state}`,
  isFault,
};

/** Whoever holds entries that long does not work on them; both buses never come back to them. */
const HELD_TOO_LONG_MS = 60_000;

const CONSUMERS: Kind<FollowedConsumer> = {
  keyOf: ({ name }) => name,
  wordsOf: ({ name }) => name,
  isFault: ({ pending, idleMs }) => pending > 0 && (idleMs ?? 0) >= HELD_TOO_LONG_MS,
};

const ENTRIES: Kind<EntryRow> = {
  keyOf: ({ id }) => id,
  wordsOf: ({ id }) => id,
  isFault: ({ idleMs }) => idleMs >= HELD_TOO_LONG_MS,
};

const STREAM_COLUMNS: readonly ListColumn<StreamRow>[] = [
  textual('STREAM', [16, 48], ({ stream }) => stream),
  numeric('LENGTH', 9, ({ length }) => length, formatCount),
  numeric('GROUPS', 7, ({ groups }) => groups.length, formatCount),
  numeric('IN/s', 7, ({ groups }) => groups[0]?.pace.inPerSecond ?? null, formatRate),
  numeric('PENDING', 9, ({ groups }) => sumOf(groups, ({ figures }) => figures.pending)),
  {
    ...textual<StreamRow>('WORST', [10, 10], ({ groups }) => worstOf(groups)),
    cell: ({ groups }) => {
      const worst = worstOf(groups);
      return cell(worst === 'ok' ? worst : worst.toUpperCase(), STATE_TONES[worst]);
    },
    value: ({ groups }) => SEVERITY.indexOf(worstOf(groups)),
  },
];

const CONSUMER_COLUMNS: readonly ListColumn<FollowedConsumer>[] = [
  textual('CONSUMER', [20, 60], ({ name }) => name),
  numeric('PENDING', 9, ({ pending }) => pending, formatCount),
  numeric('IDLE', 10, ({ idleMs }) => idleMs, formatDuration),
  textual('', [9, 9], (consumer) => (CONSUMERS.isFault(consumer) ? 'STUCK' : '')),
];

const ENTRY_COLUMNS: readonly ListColumn<EntryRow>[] = [
  textual('ID', [24, 40], ({ id }) => id),
  numeric('AGE', 10, ({ ageMs }) => ageMs, formatDuration),
  numeric('IDLE', 10, ({ idleMs }) => idleMs, formatDuration),
  numeric('DELIVERED', 9, ({ deliveries }) => deliveries, formatCount),
  textual('', [9, 9], (entry) => (ENTRIES.isFault(entry) ? 'STUCK' : '')),
];

function textual<Thing>(
  title: string,
  width: readonly [number, number],
  textOf: (thing: Thing) => string,
): ListColumn<Thing> {
  return {
    ...{ id: title, title, rank: 0, width, align: 'left' },
    cell: (thing) => cell(textOf(thing), textOf(thing) === 'STUCK' ? 'bad' : 'plain'),
    value: textOf,
  };
}

function numeric<Thing>(
  title: string,
  width: number,
  value: (thing: Thing) => number | null,
  format: (value: number | null) => string = formatCount,
): ListColumn<Thing> {
  return {
    ...{ id: title, title, rank: 0, width: [width, width], align: 'right' },
    cell: (thing) => {
      const known = value(thing);
      return cell(known === null ? UNKNOWN : format(known));
    },
    value,
  };
}

function sumOf<Thing>(things: readonly Thing[], value: (thing: Thing) => number): number {
  return things.reduce((sum, thing) => sum + value(thing), 0);
}
