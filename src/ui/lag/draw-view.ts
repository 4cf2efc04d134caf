import { cell, formatBytes, formatCount, formatDuration, type Tone } from '../../report/index.js';
import { cutText, textWidth } from '../text-width.js';
import { groupDetail } from './group-detail.js';
import { KEY_MAP } from './keys.js';
import { groupAt, groupOfKey, type LaidOut, type SizedCell, shownList } from './lists.js';
import { messageLines, messageRoom } from './message-lines.js';
import { blank, type ScreenLine, spans, textLine } from './screen-line.js';
import { helpRoom, listRoom } from './view-events.js';
import {
  type Around,
  type Change,
  type Frame,
  frameNow,
  type Level,
  type Target,
  type Typing,
  type ViewState,
} from './view-state.js';

/** Narrower or lower than this, rows and what they mean do not fit. */
const SMALLEST = { columns: 60, rows: 14 } as const;

/** The whole screen, one line less than the terminal has: a full last line would scroll it. */
export function drawView(state: ViewState): readonly ScreenLine[] {
  const { columns, rows } = state.size;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) return tooSmall(state);
  const { help } = state;
  const header = headerLines(state);
  const above = help === null ? [...header, ...bannerLines(state)] : header.slice(0, 1);
  const body = help === null ? levelLines(state) : helpLines(state, help);
  const foot = footLines(state);
  const room = rows - 1 - above.length - foot.length;
  const shown = body.slice(0, room);
  const filler = new Array<ScreenLine>(Math.max(0, room - shown.length)).fill(blank);
  return [...above, ...shown, ...filler, ...foot];
}

function tooSmall({ size }: ViewState): readonly ScreenLine[] {
  return [
    textLine('Too small', 'bad'),
    textLine(`${size.columns}x${size.rows}; needs ${SMALLEST.columns}x${SMALLEST.rows}`),
    textLine('q leaves'),
  ].slice(0, Math.max(1, size.rows - 1));
}

function headerLines({
  settings,
  around,
  reading,
  intervalMs,
  size,
}: ViewState): readonly ScreenLine[] {
  const at = reading === null ? '' : new Date(reading.atMs).toISOString().slice(11, 19);
  const left = ` orion-bus lag  ${settings.redis}${settings.readOnly ? '  read-only' : ''}`;
  const right = `${at}  every ${formatDuration(intervalMs)} `;
  const room = Math.max(0, size.columns - right.length - 1);
  const kept = cutText(left, room, 'end');
  const gap = ' '.repeat(room + 1 - textWidth(kept));
  return [textLine(kept + gap + right, 'strong'), aroundLine(around)];
}

function aroundLine(around: Around | null): ScreenLine {
  if (around === null) return textLine(' phase …', 'dim');
  const { phase, soak, halt, openRun, bus } = around;
  const health = bus.healthy === null ? '-' : bus.healthy ? 'ok' : 'DOWN';
  const tone: Tone = bus.healthy === null ? 'plain' : bus.healthy ? 'good' : 'bad';
  return spans(
    cell(' phase '),
    cell(phase, 'strong'),
    cell(soak === null ? '' : `  ${soak.of} soaks ${formatDuration(soak.leftMs)} yet`),
    cell(openRun === null ? '' : `  open run: ${openRun}`, 'warn'),
    cell(halt === null ? '  halt none' : '  HALTED', halt === null ? 'plain' : 'bad'),
    cell(`  bus ${bus.name} `),
    cell(health, tone),
    cell(`  ${formatBytes(bus.memoryBytes)}`),
  );
}

function bannerLines({ lost, paused, around }: ViewState): readonly ScreenLine[] {
  const halt = around?.halt ?? null;
  return [
    ...(lost === null
      ? []
      : [
          textLine(
            ` LOST since ${lost.since}, tried again at every tick: ${lost.message}`,
            'bad',
            'banner',
          ),
        ]),
    ...(paused ? [textLine(' PAUSED: nothing is asked for; p goes on.', 'warn', 'banner')] : []),
    ...(halt === null ? [] : [textLine(` HALTED: ${halt}`, 'bad', 'banner')]),
  ];
}

function levelLines(state: ViewState): readonly ScreenLine[] {
  const frame = frameNow(state);
  if (frame.level.kind === 'message') return messageView(state, frame);
  const list = shownList(state);
  if (list === null) return [];
  const room = listRoom(state.size);
  const laidOut = list.layOut(state.size.columns - 2);
  const at = Math.max(0, frame.row === null ? frame.at : list.keys.indexOf(frame.row));
  // The page of the list that the cursor is on: rows stay where they are while it moves.
  const top = Math.floor(at / room) * room;
  const rows = list.keys
    .slice(top, top + room)
    .map((_, below) => rowLine(laidOut, top + below, top + below === at));
  return [
    titleLine(state, list.keys.length, list.total),
    spans(cell(' '), ...laidOut.titles.map(padded)),
    ...(rows.length === 0 ? [textLine(`  ${emptyText(state)}`, 'dim')] : rows),
    ...new Array<ScreenLine>(Math.max(0, room - Math.max(1, rows.length))).fill(blank),
    ...detailLines(state, frame),
  ];
}

function rowLine(list: LaidOut, at: number, isCursor: boolean): ScreenLine {
  const line = spans(cell(isCursor ? '>' : ' '), ...list.row(at).map(padded));
  return isCursor ? { ...line, how: 'cursor' } : line;
}

/** A cell to its full width; names lose their middle, since their ends tell them apart. */
function padded({ text, tone, width, align }: SizedCell): ScreenLine['spans'][number] {
  return { text, tone, fit: { width, align } };
}

function titleLine(state: ViewState, shown: number, total: number): ScreenLine {
  const { sort, level } = frameNow(state);
  const count =
    shown === total ? formatCount(total) : `${formatCount(shown)} of ${formatCount(total)}`;
  const more = level.kind === 'entries' && state.entries?.more === true ? '+' : '';
  return spans(
    cell(` ${pathText(level)}`, 'strong'),
    cell(` (${count}${more})`),
    cell(state.filter === '' ? '' : `  filter ${state.filter}`, 'warn'),
    cell(state.faultsOnly ? '  faults only' : '', 'warn'),
    cell(sort.column === null ? '' : `  by ${sort.column} ${sort.descending ? '↓' : '↑'}`),
  );
}

function pathText(level: Level): string {
  switch (level.kind) {
    case 'streams':
      return 'streams';
    case 'groups':
      return level.stream === null ? 'all groups' : level.stream;
    case 'consumers':
      return `${level.stream} › ${level.group}`;
    case 'entries':
      return `${level.stream} › ${level.group} › ${level.consumer}`;
    case 'message':
      return `${level.stream} › ${level.group} › ${level.consumer} › ${level.id}`;
  }
}

function emptyText({ reading, filter, faultsOnly, entries, frames }: ViewState): string {
  if (reading === null) return 'Looking …';
  if (filter !== '') return 'No row passes the filter; Esc takes it away.';
  if (faultsOnly) return 'No row has a fault.';
  const kind = frames.at(-1)?.level.kind;
  if (kind === 'entries') return entries === null ? 'Looking …' : 'Nothing is pending.';
  return kind === 'consumers' ? 'There is no consumer.' : 'There is nothing.';
}

/** On terminals of the usual height: what the row under the cursor is, in full. */
function detailLines(state: ViewState, { level, row }: Frame): readonly ScreenLine[] {
  if (state.size.rows < 20) return [];
  const shown =
    level.kind === 'groups' && row !== null
      ? groupOfKey(state, row)
      : level.kind === 'consumers' || level.kind === 'entries'
        ? groupOfKey(state, JSON.stringify([level.stream, level.group]))
        : null;
  return shown === null ? [] : groupDetail(shown, state.settings.limits, state.size.columns);
}

function messageView({ message, size }: ViewState, { level, scroll }: Frame): ScreenLine[] {
  const isMeant = level.kind === 'message' && message?.id === level.id;
  const lines = messageLines(isMeant ? message : null, size);
  return [
    textLine(` ${pathText(level)}`, 'strong'),
    blank,
    ...lines.slice(scroll, scroll + messageRoom(size)),
  ];
}

function helpLines({ size }: ViewState, from: number): readonly ScreenLine[] {
  const width = Math.max(...KEY_MAP.map(({ shown }) => shown.length));
  return KEY_MAP.slice(from, from + helpRoom(size)).map(({ shown, does }) =>
    spans(cell(` ${shown.padEnd(width)}  `, 'strong'), cell(does)),
  );
}

function footLines(state: ViewState): readonly ScreenLine[] {
  const { typing, asking, notice, help } = state;
  if (typing !== null) return [textLine(` ${promptOf(typing)}${typing.text}_`, 'strong')];
  if (asking !== null) {
    return [
      textLine(` ${consequenceOf(state, asking)}`),
      textLine(` ${questionOf(asking)} [y/N]`, 'warn', 'banner'),
    ];
  }
  if (notice !== null) return [textLine(` ${notice.text}`, notice.tone)];
  if (help !== null) return [textLine(' any key goes on', 'dim')];
  const keys = state.settings.readOnly
    ? '? keys  / filter  e faults  ← → sort  p pause  Enter in  Esc back  q leave'
    : '? keys  / filter  e faults  p pause  Enter in  Esc back  c claim  a ack  q quit';
  return [textLine(` ${keys}`, 'dim')];
}

function promptOf({ what, change }: Typing): string {
  if (what === 'filter' || change === null) return 'filter (!text inverts): ';
  return what === 'consumer'
    ? `claim ${entriesText(change)} for which consumer? `
    : `acknowledge ${entriesText(change)}, because: `;
}

/** What will come of it. */
function consequenceOf(state: ViewState, change: Change): string {
  if (change.kind === 'acknowledge') {
    return `Nobody handles them any more; it cannot be taken back. Because: ${change.reason}`;
  }
  const side = groupAt(state, change.target)?.figures.side ?? 'unknown';
  return state.settings.resumes[side]
    ? `${change.to} gets them when it reads its own pending entries.`
    : `Its consumers read only new entries: a program must read what ${change.to} has pending.`;
}

/** What is going to happen, with the count. */
function questionOf(change: Change): string {
  const { target } = change;
  const place = `${target.group} on ${target.stream}`;
  return change.kind === 'claim'
    ? `Claim ${entriesText(target)} in ${place} for ${change.to}?`
    : `Acknowledge ${entriesText(target)} in ${place}?`;
}

function entriesText({ consumer, id, count }: Target): string {
  if (id !== null) return `1 entry (${id}) of ${consumer}`;
  return `${formatCount(count)} ${count === 1 ? 'entry' : 'entries'} of ${consumer}`;
}
