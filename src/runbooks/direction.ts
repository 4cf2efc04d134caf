export type Direction = 'forward' | 'undo';

/** What stands before a step's id in the journal, so that the two directions cannot be mixed up. */
export const PREFIX: Readonly<Record<Direction, string>> = { forward: '', undo: 'undo/' };
