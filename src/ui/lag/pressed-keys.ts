import type { Key } from 'ink';

/** Keys as the key map names them. Several characters come at once when keys are pressed fast, or pasted. */
export function pressedKeys(input: string, key: Key): readonly string[] {
  const named = NAMED.find(([is]) => key[is]);
  if (named !== undefined) return [named[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta || key.tab) return [];
  return [...input].map((character) => CHARACTERS[character] ?? character);
}

const NAMED: readonly (readonly [keyof Omit<Key, 'eventType'>, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  // What terminals send for the backspace key.
  ['delete', 'backspace'],
];

/** Keys that arrive within a longer text. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\u001b': 'escape',
  '\u0003': 'ctrl-c',
};
