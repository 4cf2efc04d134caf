/*
 * Every key of the live view, said once: the view acts by this map, and its help and the README are
 * made from or held against it. Keys are named as `pressedKey` names them.
 */

export type ViewAction =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'enter'
  | 'back'
  | 'streams'
  | 'filter'
  | 'faults'
  | 'sort-left'
  | 'sort-right'
  | 'reverse'
  | 'pause'
  | 'faster'
  | 'slower'
  | 'claim'
  | 'acknowledge'
  | 'help'
  | 'quit';

export interface KeyBinding {
  readonly action: ViewAction;
  readonly keys: readonly string[];
  /** The keys as they stand on a keyboard. */
  readonly shown: string;
  readonly does: string;
  /** True for what changes something: not there with --read-only. */
  readonly changes?: true;
}

export const KEY_MAP: readonly KeyBinding[] = [
  { action: 'up', keys: ['up', 'k'], shown: '↑ k', does: 'one row up' },
  { action: 'down', keys: ['down', 'j'], shown: '↓ j', does: 'one row down' },
  { action: 'page-up', keys: ['page-up'], shown: 'PgUp', does: 'one page up' },
  { action: 'page-down', keys: ['page-down', ' '], shown: 'PgDn Space', does: 'one page down' },
  { action: 'first', keys: ['home', 'g'], shown: 'Home g', does: 'first row' },
  { action: 'last', keys: ['end', 'G'], shown: 'End G', does: 'last row' },
  {
    action: 'enter',
    keys: ['enter'],
    shown: 'Enter',
    does: 'into the row: stream, group, consumer, pending entry, message',
  },
  { action: 'back', keys: ['escape', 'backspace'], shown: 'Esc', does: 'back' },
  { action: 'streams', keys: ['s'], shown: 's', does: 'streams, and back to all groups' },
  {
    action: 'filter',
    keys: ['/'],
    shown: '/',
    does: 'only rows that hold a text; !text only those that do not',
  },
  { action: 'faults', keys: ['e'], shown: 'e', does: 'only rows with a fault, and all again' },
  { action: 'sort-left', keys: ['left'], shown: '←', does: 'sort by the column to the left' },
  { action: 'sort-right', keys: ['right'], shown: '→', does: 'sort by the column to the right' },
  { action: 'reverse', keys: ['r'], shown: 'r', does: 'sort the other way round' },
  { action: 'pause', keys: ['p'], shown: 'p', does: 'pause, and go on' },
  { action: 'faster', keys: ['+', '='], shown: '+', does: 'look more often' },
  { action: 'slower', keys: ['-'], shown: '-', does: 'look less often' },
  {
    action: 'claim',
    keys: ['c'],
    shown: 'c',
    does: 'claim the entries of a consumer, or one entry, for another consumer',
    changes: true,
  },
  {
    action: 'acknowledge',
    keys: ['a'],
    shown: 'a',
    does: 'acknowledge them, with a reason',
    changes: true,
  },
  { action: 'help', keys: ['?', 'h'], shown: '?', does: 'this help' },
  { action: 'quit', keys: ['q'], shown: 'q', does: 'leave' },
];

/** What a key does; null for one that does nothing. */
export function actionOf(key: string, readOnly: boolean): ViewAction | null {
  const binding = KEY_MAP.find(({ keys }) => keys.includes(key));
  if (binding === undefined || (readOnly && binding.changes === true)) return null;
  return binding.action;
}
