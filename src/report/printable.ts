/*
 * What comes from elsewhere (messages, names of groups and consumers, error texts) may hold escape
 * sequences that move the cursor, hide text or turn its direction. Every text that goes to a
 * terminal passes through here first; nothing is dropped, so that the operator sees what was there.
 */

// Control and format characters, lone surrogates, private use and line separators. The zero-width
// joiners are left alone: Persian, Indic scripts and emoji are written with them.
const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with everything a terminal would act on shown as an escape such as `\x1b`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character));
}

/** The same for a text whose own line breaks are meant. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that a terminal prints as it stands: the same value, with `\u` escapes where needed. @param indent 0 for one line */
export function printableJson(value: unknown, indent = 2): string {
  // Outside of strings JSON has no such characters but the line breaks that lay it out.
  return JSON.stringify(value, null, indent).replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? character : utf16(character),
  );
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
}

function utf16(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${hex(character.charCodeAt(at), 4)}`)
    .join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
