import type { GroupsReading } from '../../steps/index.js';
import { actionOf, KEY_MAP, type ViewAction } from './keys.js';
import { groupAt, groupOfKey, shownList } from './lists.js';
import { messageLines, messageRoom } from './message-lines.js';
import {
  type Around,
  type Change,
  type EntriesShown,
  type Frame,
  frameNow,
  frameOf,
  INTERVALS_MS,
  type Level,
  type MessageShown,
  type Notice,
  type ScreenSize,
  type Target,
  type Typing,
  type ViewState,
} from './view-state.js';

export type ViewEvent =
  | { readonly type: 'read'; readonly reading: GroupsReading }
  | { readonly type: 'around'; readonly around: Around }
  | { readonly type: 'lost'; readonly since: string; readonly message: string }
  | { readonly type: 'resized'; readonly size: ScreenSize }
  | { readonly type: 'entries'; readonly entries: EntriesShown }
  | { readonly type: 'message'; readonly message: MessageShown }
  | { readonly type: 'noticed'; readonly notice: Notice }
  /** A change came to its end. */
  | { readonly type: 'changed'; readonly notice: Notice }
  | { readonly type: 'key'; readonly key: string };

/** What the view asks of whoever runs it. */
export type Wish =
  | { readonly kind: 'leave' }
  /** Look now, and not at the next tick: another level is shown, or the view goes on. */
  | { readonly kind: 'look' }
  | { readonly kind: 'carry-out'; readonly change: Change };

export interface NextView {
  readonly state: ViewState;
  readonly wish: Wish | null;
}

/** The state after an event, and what has to be done about it. */
export function nextView(state: ViewState, event: ViewEvent): NextView {
  switch (event.type) {
    case 'read':
      return stay(settled({ ...state, reading: event.reading, lost: null }));
    case 'around':
      return stay({ ...state, around: event.around });
    case 'lost':
      // The first moment counts: later failures only say the same again.
      return stay({
        ...state,
        lost: { since: state.lost?.since ?? event.since, message: event.message },
      });
    case 'resized':
      return stay({ ...state, size: event.size });
    case 'entries':
      return stay(settled({ ...state, entries: event.entries }));
    case 'message':
      return stay({ ...state, message: event.message });
    case 'noticed':
      return stay({ ...state, notice: event.notice });
    case 'changed':
      return { state: { ...state, notice: event.notice }, wish: { kind: 'look' } };
    case 'key':
      return afterKey({ ...state, notice: null }, event.key);
  }
}

/** How many rows of a list are shown at once; the rest of the screen is taken. */
export function listRoom({ rows }: ScreenSize): number {
  return Math.max(1, rows - (rows >= 20 ? 12 : 7));
}

/** How many keys the help shows at once. */
export function helpRoom({ rows }: ScreenSize): number {
  return Math.max(1, rows - 3);
}

const stay = (state: ViewState): NextView => ({ state, wish: null });

function afterKey(state: ViewState, key: string): NextView {
  if (state.typing !== null) return whileTyping(state, state.typing, key);
  if (state.asking !== null) return whileAsking(state, state.asking, key);
  const action = actionOf(key, state.settings.readOnly);
  if (state.help !== null && action !== 'quit') {
    // On a low terminal the help has pages; behind the last one it goes away.
    const next = state.help + helpRoom(state.size);
    return stay({ ...state, help: next < KEY_MAP.length ? next : null });
  }
  return action === null ? stay(state) : act(state, action);
}

const leave = (state: ViewState): NextView => ({ state, wish: { kind: 'leave' } });

function act(state: ViewState, action: ViewAction): NextView {
  switch (action) {
    case 'up':
      return stay(moved(state, -1));
    case 'down':
      return stay(moved(state, 1));
    case 'page-up':
      return stay(moved(state, -listRoom(state.size)));
    case 'page-down':
      return stay(moved(state, listRoom(state.size)));
    case 'first':
      return stay(moved(state, Number.NEGATIVE_INFINITY));
    case 'last':
      return stay(moved(state, Number.POSITIVE_INFINITY));
    case 'enter':
      return entered(state);
    case 'back':
      return stay(back(state));
    case 'streams':
      return stay(toggledStreams(state));
    case 'filter':
      return stay({ ...state, typing: typingOf('filter', state.filter, null) });
    case 'faults':
      return stay(settled({ ...state, faultsOnly: !state.faultsOnly }));
    case 'sort-left':
      return stay(sortedBy(state, -1));
    case 'sort-right':
      return stay(sortedBy(state, 1));
    case 'reverse':
      return stay(withFrame(state, reversed));
    case 'pause':
      return state.paused
        ? { state: { ...state, paused: false }, wish: { kind: 'look' } }
        : stay({ ...state, paused: true });
    case 'faster':
      return stay({ ...state, intervalMs: intervalAfter(state.intervalMs, -1) });
    case 'slower':
      return stay({ ...state, intervalMs: intervalAfter(state.intervalMs, 1) });
    case 'claim':
      return stay(wanting(state, 'consumer'));
    case 'acknowledge':
      return stay(wanting(state, 'reason'));
    case 'help':
      return stay({ ...state, help: 0 });
    case 'quit':
      return leave(state);
  }
}

function whileTyping(state: ViewState, typing: Typing, key: string): NextView {
  const to = (next: Typing | null, filter = state.filter): NextView =>
    stay(settled({ ...state, typing: next, filter }));
  if (key === 'escape') return to(null, typing.what === 'filter' ? typing.before : state.filter);
  if (key === 'enter') return stay(typed(state, typing));
  const text =
    key === 'backspace' ? typing.text.slice(0, -1) : key.length === 1 ? typing.text + key : null;
  if (text === null) return stay(state);
  return to({ ...typing, text }, typing.what === 'filter' ? text : state.filter);
}

function typed(state: ViewState, { what, text, change: target }: Typing): ViewState {
  const ended = { ...state, typing: null };
  if (what === 'filter' || target === null) return ended;
  const said = text.trim();
  if (said === '') return { ...ended, notice: { text: 'Nothing was changed.', tone: 'plain' } };
  const asking: Change =
    what === 'consumer'
      ? { kind: 'claim', target, to: said }
      : { kind: 'acknowledge', target, reason: said };
  return { ...ended, asking };
}

/** Anything but a clear yes is a no. */
function whileAsking(state: ViewState, change: Change, key: string): NextView {
  const answered = { ...state, asking: null };
  if (key === 'y' || key === 'Y') {
    const notice: Notice = { text: 'At work …', tone: 'plain' };
    return { state: { ...answered, notice }, wish: { kind: 'carry-out', change } };
  }
  return stay({ ...answered, notice: { text: 'Nothing was changed.', tone: 'plain' } });
}

function typingOf(what: Typing['what'], text: string, change: Target | null): Typing {
  return { what, text, change, before: text };
}

/** Begins a change of what the cursor is on; without anything to change it says so. */
function wanting(state: ViewState, what: 'consumer' | 'reason'): ViewState {
  const target = targetOf(state);
  if (target === null) {
    return {
      ...state,
      notice: { text: 'Go into a group and choose a consumer or an entry first.', tone: 'warn' },
    };
  }
  if (target.count === 0) {
    return { ...state, notice: { text: `${target.consumer} holds nothing.`, tone: 'warn' } };
  }
  return { ...state, typing: typingOf(what, '', target) };
}

function targetOf(state: ViewState): Target | null {
  const { level, row } = frameNow(state);
  if (level.kind === 'message') {
    const { stream, group, consumer, id } = level;
    return { stream, group, consumer, id, count: 1 };
  }
  if (row === null) return null;
  if (level.kind === 'entries') {
    const { stream, group, consumer } = level;
    return { stream, group, consumer, id: row, count: 1 };
  }
  if (level.kind !== 'consumers') return null;
  const { stream, group } = level;
  const consumer = groupAt(state, level)?.consumers.find(({ name }) => name === row);
  if (consumer === undefined) return null;
  return { stream, group, consumer: consumer.name, id: null, count: consumer.pending };
}

function entered(state: ViewState): NextView {
  const { level, row } = frameNow(state);
  const next = row === null ? null : levelBelow(state, level, row);
  if (next === null) return stay(state);
  // A filter belongs to the list it was typed for.
  const frames = [...state.frames, frameOf(next)];
  const inside = { ...state, frames, filter: '', faultsOnly: false, message: null };
  return { state: settled(inside), wish: { kind: 'look' } };
}

function levelBelow(state: ViewState, level: Level, row: string): Level | null {
  switch (level.kind) {
    case 'streams':
      return { kind: 'groups', stream: row };
    case 'groups': {
      const found = groupOfKey(state, row);
      if (found === null || found.figures.state === 'missing') return null;
      return { kind: 'consumers', stream: found.figures.stream, group: found.group };
    }
    case 'consumers':
      return { ...level, kind: 'entries', consumer: row };
    case 'entries':
      return { ...level, kind: 'message', id: row };
    case 'message':
      return null;
  }
}

/** First what narrows the list goes, then the level. */
function back(state: ViewState): ViewState {
  if (state.filter !== '' || state.faultsOnly) {
    return settled({ ...state, filter: '', faultsOnly: false });
  }
  if (state.frames.length === 1) return state;
  return settled({ ...state, frames: state.frames.slice(0, -1) });
}

function toggledStreams(state: ViewState): ViewState {
  const atStreams = frameNow(state).level.kind === 'streams';
  const level: Level = atStreams ? { kind: 'groups', stream: null } : { kind: 'streams' };
  return settled({ ...state, frames: [frameOf(level)], filter: '', faultsOnly: false });
}

function sortedBy(state: ViewState, by: -1 | 1): ViewState {
  const list = shownList(state);
  if (list === null) return state;
  // The order in which things come is one choice more, before the first column.
  const choices = [null, ...list.columnIds];
  return settled(
    withFrame(state, (frame) => {
      const at = choices.indexOf(frame.sort.column);
      const column = choices[(at + by + choices.length) % choices.length] ?? null;
      return { ...frame, sort: { ...frame.sort, column } };
    }),
  );
}

function reversed(frame: Frame): Frame {
  return { ...frame, sort: { ...frame.sort, descending: !frame.sort.descending } };
}

function intervalAfter(intervalMs: number, by: -1 | 1): number {
  const at = INTERVALS_MS.indexOf(intervalMs) + by;
  return INTERVALS_MS[Math.min(INTERVALS_MS.length - 1, Math.max(0, at))] ?? intervalMs;
}

function moved(state: ViewState, by: number): ViewState {
  const list = shownList(state);
  if (list === null) {
    const most = Math.max(
      0,
      messageLines(state.message, state.size).length - messageRoom(state.size),
    );
    return withFrame(state, (frame) => ({ ...frame, scroll: clamped(frame.scroll + by, most) }));
  }
  return withFrame(state, (frame) => {
    const at = clamped(placeOf(frame, list.keys) + by, list.keys.length - 1);
    return { ...frame, at, row: list.keys[at] ?? null };
  });
}

/** Keeps the cursor on its row wherever that moved; where the row is gone, at its place. */
function settled(state: ViewState): ViewState {
  const list = shownList(state);
  if (list === null) return state;
  return withFrame(state, (frame) => {
    const at = placeOf(frame, list.keys);
    return { ...frame, at, row: list.keys[at] ?? null };
  });
}

function placeOf({ row, at }: Frame, keys: readonly string[]): number {
  const found = row === null ? -1 : keys.indexOf(row);
  return found === -1 ? clamped(at, keys.length - 1) : found;
}

function clamped(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function withFrame(state: ViewState, change: (frame: Frame) => Frame): ViewState {
  return { ...state, frames: [...state.frames.slice(0, -1), change(frameNow(state))] };
}
