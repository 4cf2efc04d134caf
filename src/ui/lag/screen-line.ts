import { type Cell, printable, type Tone } from '../../report/index.js';
import type { Paint } from '../paint.js';
import { cutText, textWidth } from '../text-width.js';

/** One line of the screen, before colours. */
export interface ScreenLine {
  readonly spans: readonly Span[];
  /** `cursor`: the row one is on. `banner`: what must not be overlooked. Both are shown inverted. */
  readonly how: 'plain' | 'cursor' | 'banner';
}

interface Span extends Cell {
  /** A column of a table: a space, then padded, or cut in the middle. */
  readonly fit?: { readonly width: number; readonly align: 'left' | 'right' };
}

export const blank: ScreenLine = { spans: [], how: 'plain' };

export function spans(...cells: readonly Span[]): ScreenLine {
  return { spans: cells, how: 'plain' };
}

export function textLine(
  text: string,
  tone: Tone = 'plain',
  how: ScreenLine['how'] = 'plain',
): ScreenLine {
  return { spans: [{ text, tone }], how };
}

const INVERTED = ['\u001b[7m', '\u001b[27m'] as const;

/** The line as text of at most `columns`; what is inverted goes over the whole width. */
export function lineText({ spans, how }: ScreenLine, columns: number, paint: Paint): string {
  let left = columns;
  let text = '';
  for (const span of spans) {
    const shown = cutText(fitted(span), left, 'end');
    left -= textWidth(shown);
    text += how === 'plain' ? paint(shown, span.tone) : shown;
  }
  if (how === 'plain') return text;
  const whole = text + ' '.repeat(Math.max(0, left));
  // Inverting is no colour: it stays without them, as the sign of the cursor's row does.
  return INVERTED[0] + whole + INVERTED[1];
}

function fitted({ text, fit }: Span): string {
  const safe = printable(text);
  if (fit === undefined) return safe;
  const cut = cutText(safe, fit.width, 'middle');
  const room = ' '.repeat(Math.max(0, fit.width - textWidth(cut)));
  return ` ${fit.align === 'right' ? room + cut : cut + room}`;
}
