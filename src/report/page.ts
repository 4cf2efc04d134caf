/*
 * A page is what a person is shown, before anybody thought of colours, widths or terminals:
 * lines and tables in order. `ui/` draws it; nothing below knows how.
 */

export type Page = readonly (Line | Table)[];

/** Colour only repeats what the words say: a page must read the same without it. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'dim' | 'strong';

export interface Line {
  readonly kind: 'line';
  readonly text: string;
  readonly tone: Tone;
  /** Columns to the left of the text; wrapped text goes on under its beginning. */
  readonly indent: number;
  /** Something to be copied, such as a command: never wrapped. */
  readonly whole: boolean;
}

export interface Table {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  /** A row of a single cell is a heading over the rows that follow it. */
  readonly rows: readonly (readonly Cell[])[];
  /** Said instead of a table without rows. */
  readonly empty: string;
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /**
   * What may go when the terminal is narrow: nothing (`whole`: ids and figures), the middle (names,
   * whose ends tell them apart), the end (prose), or the whole column before any of these (`column`).
   */
  readonly cut: 'whole' | 'middle' | 'end' | 'column';
}

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

export function line(text: string, options: Partial<Omit<Line, 'kind' | 'text'>> = {}): Line {
  return { kind: 'line', text, tone: 'plain', indent: 0, whole: false, ...options };
}

/** An empty line between parts of a page. */
export const GAP: Line = line('');

export function cell(text: string, tone: Tone = 'plain'): Cell {
  return { text, tone };
}

/** The rows of things that belong under headings; a heading is said once, in the order of the things. */
export function rowsUnder<Thing>(
  things: readonly Thing[],
  headingOf: (thing: Thing) => string,
  cellsOf: (thing: Thing) => readonly Cell[],
): readonly (readonly Cell[])[] {
  const headings = [...new Set(things.map(headingOf))];
  return headings.flatMap((heading) => [
    [cell(heading, 'strong')],
    ...things.filter((thing) => headingOf(thing) === heading).map(cellsOf),
  ]);
}

export const nameColumn = (title: string): Column => ({ title, align: 'left', cut: 'middle' });
export const textColumn = (title: string): Column => ({ title, align: 'left', cut: 'end' });
export const wholeColumn = (title: string): Column => ({ title, align: 'left', cut: 'whole' });
export const figureColumn = (title: string): Column => ({ title, align: 'right', cut: 'whole' });
export const spareColumn = (title: string): Column => ({ title, align: 'left', cut: 'column' });
