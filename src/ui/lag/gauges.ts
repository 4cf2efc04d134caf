/* Figures drawn with characters. Their shape alone tells; a colour may only repeat it. */

/** Eight heights; an empty cell is a time without a look, not a zero. */
const HEIGHTS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

interface TimedWork {
  readonly atMs: number;
  /** What was owed. */
  readonly work: number;
}

/**
 * What was owed in the last `spanMs`, the highest of each cell's time.
 * @param floor what the highest cell stands for at least, so that noise does not look like a storm
 */
export function sparkline(
  track: readonly TimedWork[],
  { cells, spanMs, floor }: { cells: number; spanMs: number; floor: number },
): string {
  const last = track.at(-1);
  if (last === undefined || cells <= 0) return ' '.repeat(Math.max(0, cells));
  const highest: (number | null)[] = new Array(cells).fill(null);
  for (const { atMs, work } of track) {
    const back = Math.floor(((last.atMs - atMs) * cells) / spanMs);
    const at = cells - 1 - back;
    if (at < 0) continue;
    highest[at] = Math.max(highest[at] ?? 0, work);
  }
  const top = Math.max(floor, 1, ...highest.map((value) => value ?? 0));
  return highest.map((value) => (value === null ? ' ' : heightOf(value / top))).join('');
}

function heightOf(share: number): string {
  if (share <= 0) return HEIGHTS[0] ?? '';
  return HEIGHTS[Math.min(HEIGHTS.length - 1, Math.floor(share * HEIGHTS.length))] ?? '';
}

/**
 * A backlog against both thresholds: the left half is full at the target, the right half at the alert
 * threshold, and there it ends with `!`. A `?` stands where more may be owed than is known.
 */
export function backlogBar(
  atLeast: number | null,
  known: boolean,
  { target, alert }: { readonly target: number; readonly alert: number },
  width: number,
): string {
  if (atLeast === null) return ' '.repeat(width);
  const half = Math.floor((width - 1) / 2);
  const left = filled(atLeast / Math.max(1, target), half);
  const above = (atLeast - target) / Math.max(1, alert - target);
  const right = filled(above, width - 1 - half);
  const bar = `${left}│${right}`;
  const end = atLeast >= alert ? '!' : known ? null : '?';
  return end === null ? bar : bar.slice(0, -1) + end;
}

function filled(share: number, cells: number): string {
  const full = Math.max(0, Math.min(cells, share > 0 ? Math.max(1, Math.floor(share * cells)) : 0));
  return '█'.repeat(full) + '·'.repeat(cells - full);
}

/** `0`, `0.3`, `12`, `1,234` a second. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return '-';
  if (perSecond > 0 && perSecond < 0.1) return '<0.1';
  if (perSecond < 10) return String(Math.round(perSecond * 10) / 10);
  return Math.round(perSecond).toLocaleString('en-US');
}
