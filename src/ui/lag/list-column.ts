import type { Cell } from '../../report/index.js';

/** A column of a list in the live view. */
export interface ListColumn<Thing> {
  readonly id: string;
  readonly title: string;
  /** Columns of a lower rank stay longer where the terminal is narrow. */
  readonly rank: number;
  /** At least, and at most. Figures do not change theirs, or the whole table would tremble. */
  readonly width: readonly [number, number];
  readonly align: 'left' | 'right';
  cell(thing: Thing, width: number): Cell;
  /** What it is sorted by; null is not known, and comes last. */
  value(thing: Thing): number | string | null;
}

export interface FittedColumn<Thing> {
  readonly column: ListColumn<Thing>;
  readonly width: number;
}

/** The columns there is room for, in their own order, the flexible ones as wide as the rest allows. */
export function fitColumns<Thing>(
  columns: readonly ListColumn<Thing>[],
  room: number,
): readonly FittedColumn<Thing>[] {
  const byRank = [...columns].sort((a, b) => a.rank - b.rank);
  const kept = new Set<ListColumn<Thing>>();
  let used = -1;
  for (const column of byRank) {
    if (used + 1 + column.width[0] > room) break;
    used += 1 + column.width[0];
    kept.add(column);
  }
  const widths = new Map([...kept].map((column) => [column, column.width[0]]));
  for (let spare = room - used; spare > 0; spare -= 1) {
    const next = narrowest([...kept], widths);
    if (next === null) break;
    widths.set(next, (widths.get(next) ?? 0) + 1);
  }
  return columns
    .filter((column) => kept.has(column))
    .map((column) => ({ column, width: widths.get(column) ?? 0 }));
}

/** The one that is furthest from the width it would like, by the share it has. */
function narrowest<Thing>(
  columns: readonly ListColumn<Thing>[],
  widths: ReadonlyMap<ListColumn<Thing>, number>,
): ListColumn<Thing> | null {
  const share = (column: ListColumn<Thing>): number => (widths.get(column) ?? 0) / column.width[1];
  const growing = columns.filter((column) => share(column) < 1);
  if (growing.length === 0) return null;
  return growing.reduce((a, b) => (share(b) < share(a) ? b : a));
}

/**
 * The things in the order of a column; unknown values come last whichever way it goes, and equal ones
 * keep the order in which they came.
 */
export function sorted<Thing>(
  things: readonly Thing[],
  column: ListColumn<Thing> | undefined,
  descending: boolean,
): readonly Thing[] {
  if (column === undefined) return things;
  const sign = descending ? -1 : 1;
  return [...things].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (x === y) return 0;
    return (x < y ? -1 : 1) * sign;
  });
}
