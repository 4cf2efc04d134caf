import CliTable from 'cli-table3';
import { type Cell, type Column, printable, type Table } from '../report/index.js';
import type { Paint } from './paint.js';
import { cutText, textWidth } from './text-width.js';

/** Two columns of space between cells; no other borders. */
const GUTTER = 2;
/** What a column that may be cut keeps at least. */
const NARROWEST = 8;

/** The table in at most `width` columns, where its figures and ids leave room for that. */
export function renderTable(table: Table, width: number, paint: Paint): string {
  if (table.rows.length === 0) return printable(table.empty);
  const rows = table.rows.map((row) =>
    row.map(({ text, tone }) => ({ text: printable(text), tone })),
  );
  const body = rows.filter((row) => !isHeading(row, table));
  const kept = keptColumns(table.columns, body, width);
  const [titles = '', ...lines] = drawRows(
    table.columns.filter((_, at) => kept.has(at)),
    body.map((row) => row.filter((_, at) => kept.has(at))),
    width,
    paint,
  );
  let drawn = 0;
  const parts = rows.map((row) => {
    if (!isHeading(row, table)) return lines[drawn++] ?? '';
    return row.map(({ text, tone }) => paint(cutText(text, width, 'middle'), tone)).join('');
  });
  return [titles, ...parts].join('\n');
}

/** A line for the titles and one for each row: nothing in a cell breaks a line. */
function drawRows(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): readonly string[] {
  const titles = columns.map(({ title }): Cell => ({ text: title, tone: 'dim' }));
  const all = [titles, ...rows];
  const widths = columnWidths(columns, all, width);
  const last = columns.length - 1;
  const drawn = new CliTable({
    chars: NO_BORDERS,
    colWidths: widths.map((each, at) => each + (at < last ? GUTTER : 0)),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  for (const row of all) {
    const cells = row.map(({ text, tone }, at) => {
      const how = columns[at]?.cut ?? 'end';
      const shown = mayBeCut(how) ? cutText(text, widths[at] ?? 0, how) : text;
      const style = { 'padding-left': 0, 'padding-right': at < last ? GUTTER : 0 };
      return { content: paint(shown, tone), style };
    });
    drawn.push(cells);
  }
  return drawn
    .toString()
    .split('\n')
    .map((text) => text.trimEnd());
}

function isHeading(row: readonly unknown[], { columns }: Table): boolean {
  return row.length === 1 && columns.length > 1;
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left']
    .concat(['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

/** All columns where there is room for them, else without those that may go as a whole. */
function keptColumns(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): ReadonlySet<number> {
  const all = [...columns.keys()];
  const wanted = sum(naturalWidths(columns, rows)) + GUTTER * (columns.length - 1);
  return new Set(wanted <= width ? all : all.filter((at) => columns[at]?.cut !== 'column'));
}

/** Every column as wide as its widest text; then the widest that may be cut gives way, one by one. */
function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly number[] {
  const widths = naturalWidths(columns, rows);
  let excess = sum(widths) + GUTTER * (columns.length - 1) - width;
  while (excess > 0) {
    const candidates = columns.flatMap(({ cut }, at) =>
      mayBeCut(cut) && (widths[at] ?? 0) > NARROWEST ? [at] : [],
    );
    const [first, ...others] = candidates;
    if (first === undefined) break;
    const widest = others.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a), first);
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

/** Every column as wide as its title and its widest text. */
function naturalWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map(({ title }, at) =>
    rows.reduce(
      (widest, row) => Math.max(widest, textWidth(row[at]?.text ?? '')),
      textWidth(title),
    ),
  );
}

function mayBeCut(cut: Column['cut']): cut is 'middle' | 'end' {
  return cut === 'middle' || cut === 'end';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
