import { escapeHtml } from './escape-html.js';

/*
 * One chart as SVG, drawn by hand so that the page needs nothing from elsewhere. Colours are the page's
 * own (CSS classes), so that it reads by day and by night.
 */

export interface Chart {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Levels that the lines are held against. */
  readonly limits: readonly { readonly name: string; readonly value: number }[];
  readonly format: (value: number) => string;
  /** What the levels of the scale are round numbers of, such as 2^20 for bytes shown as MB. */
  readonly unit?: number;
}

export interface ChartLine {
  readonly name: string;
  /** Null where nothing is known: the line is broken there. */
  readonly values: readonly (number | null)[];
}

/** What happened, by its number in the list beside the charts. */
export interface ChartMark {
  readonly atMs: number;
  readonly number: number;
  readonly text: string;
}

export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly marks: readonly ChartMark[];
}

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 76;
const RIGHT = 12;
const TOP = 22;
const BOTTOM = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

export function chartSvg(chart: Chart, axis: TimeAxis): string {
  const top = topOf(chart);
  const y = (value: number): number => TOP + PLOT_HEIGHT * (1 - value / top);
  return svg(chart.title, HEIGHT, [
    ...gridOf(top, y, chart),
    ...chart.limits.map(
      ({ name, value }) =>
        `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>` +
        text(WIDTH - RIGHT, y(value) - 4, `${name} ${chart.format(value)}`, 'end'),
    ),
    ...chart.lines.map((line, index) => polyline(line, index, y)),
    ...timesOf(axis, HEIGHT),
    ...marksOf(axis, HEIGHT),
  ]);
}

const BAND_HEIGHT = 74;

/** A band that is filled where the bus was up, marked where it was down, and bare where nobody looked. */
export function bandSvg(
  title: string,
  states: readonly ('up' | 'down' | 'gap')[],
  axis: TimeAxis,
): string {
  const step = PLOT_WIDTH / Math.max(1, states.length);
  const runs: { state: string; from: number; length: number }[] = [];
  for (const [index, state] of states.entries()) {
    const last = runs.at(-1);
    if (last?.state === state) last.length += 1;
    else runs.push({ state, from: index, length: 1 });
  }
  return svg(title, BAND_HEIGHT, [
    ...runs.map(
      ({ state, from, length }) =>
        `<rect class="${state}" x="${at(LEFT + from * step)}" y="${TOP}" width="${at(length * step)}" height="${BAND_HEIGHT - TOP - BOTTOM}"><title>${state}</title></rect>`,
    ),
    ...timesOf(axis, BAND_HEIGHT),
    ...marksOf(axis, BAND_HEIGHT),
  ]);
}

/** The class that gives a line its colour; also used by the legend. */
export function lineClass(index: number): string {
  return `l${index % COLOURS}`;
}

/** As many as can be told apart; later ones are dashed. */
export const COLOURS = 8;

function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`;
}

function topOf({ lines, limits }: Chart): number {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  const highest = Math.max(0, ...values, ...limits.map(({ value }) => value));
  return highest === 0 ? 1 : highest * 1.08;
}

function gridOf(
  top: number,
  y: (value: number) => number,
  { format, unit = 1 }: Chart,
): readonly string[] {
  const step = unit * niceStep(top / unit / 4);
  const levels = Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
  return levels.map(
    (level) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(level))}" y2="${at(y(level))}"/>` +
      text(LEFT - 6, y(level) + 4, format(level), 'end'),
  );
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((each) => each * power >= rough) ?? 10;
  return factor * power;
}

function polyline(
  { values, name }: ChartLine,
  index: number,
  y: (value: number) => number,
): string {
  const step = PLOT_WIDTH / Math.max(1, values.length);
  let path = '';
  let pen = 'M';
  for (const [place, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    const x = at(LEFT + (place + 0.5) * step);
    // A point between two gaps would be no line at all.
    path += pen === 'M' ? `M${x} ${at(y(value))}h0.01` : `L${x} ${at(y(value))}`;
    pen = 'L';
  }
  const dashed = index >= COLOURS ? ' dashed' : '';
  return `<path class="line ${lineClass(index)}${dashed}" d="${path}"><title>${escapeHtml(name)}</title></path>`;
}

function timesOf({ fromMs, toMs }: TimeAxis, height: number): readonly string[] {
  const count = 6;
  const long = toMs - fromMs > 2 * 86_400_000;
  return Array.from({ length: count + 1 }, (_, index) => {
    const ms = fromMs + ((toMs - fromMs) * index) / count;
    const iso = new Date(ms).toISOString();
    const label = long ? iso.slice(5, 16).replace('T', ' ') : iso.slice(11, 19);
    const anchor = index === 0 ? 'start' : index === count ? 'end' : 'middle';
    return text(LEFT + (PLOT_WIDTH * index) / count, height - 8, label, anchor);
  });
}

function marksOf({ fromMs, toMs, marks }: TimeAxis, height: number): readonly string[] {
  const span = Math.max(1, toMs - fromMs);
  let labelled = Number.NEGATIVE_INFINITY;
  return marks
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .map(({ atMs, number, text: said }) => {
      const x = LEFT + (PLOT_WIDTH * (atMs - fromMs)) / span;
      const line = `<line class="mark" x1="${at(x)}" x2="${at(x)}" y1="${TOP - 6}" y2="${height - BOTTOM}"><title>${number}: ${escapeHtml(said)}</title></line>`;
      // Numbers that would lie upon each other are left to the list.
      if (x - labelled < 16) return line;
      labelled = x;
      return line + text(x, TOP - 9, String(number), 'middle');
    });
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
}

function at(value: number): string {
  return String(Number(value.toFixed(1)));
}
