import { type Line, type Page, printable } from '../report/index.js';
import { createPaint, type Paint } from './paint.js';
import { renderTable } from './render-table.js';
import { wrapText } from './text-width.js';

export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

/** The page as text that ends with a line break, or nothing for an empty page. */
export function renderPage(page: Page, look: Look): string {
  const paint = createPaint(look.colour);
  const parts = page.map((part) =>
    part.kind === 'table'
      ? renderTable(part, look.width, paint)
      : renderLine(part, look.width, paint),
  );
  return parts.length === 0 ? '' : `${parts.join('\n')}\n`;
}

function renderLine({ text, tone, indent, whole }: Line, width: number, paint: Paint): string {
  const safe = printable(text);
  // Wrapped text goes on under the first word after the leading one, as `warn  id: …` wants it.
  const hanging = /^\S+ {2,}/.exec(safe)?.[0].length ?? 0;
  const room = Math.max(width - indent - hanging, MOST_CRAMPED);
  const body = safe.slice(hanging);
  const rows = whole ? [body] : wrapText(body, room);
  return rows
    .map((row, at) => {
      const lead = at === 0 ? safe.slice(0, hanging) : ' '.repeat(hanging);
      return ' '.repeat(indent) + paint(`${lead}${row}`, tone);
    })
    .map((row) => row.trimEnd())
    .join('\n');
}

/** Narrower than this nothing can be read: the terminal may then break the lines itself. */
const MOST_CRAMPED = 20;
