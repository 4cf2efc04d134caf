import { type FoundValue, Malformed, type SettingFormat } from './format.js';

/*
 * Files of `KEY=value` lines, as systemd's EnvironmentFile, a shell and the dotenv libraries read
 * them. The three agree on plain values and on quoted ones without escapes. Where they disagree
 * (escapes, quotes in the middle of a value), a value is read as a shell reads it, and never written.
 */

/** The range of a found value is what stands between the quotes, so that these stay. */
export const envFormat: SettingFormat = {
  survey(text) {
    const found: FoundValue[] = [];
    for (let at = 0; at < text.length; ) {
      ASSIGNMENT.lastIndex = at;
      const key = ASSIGNMENT.exec(text)?.[1];
      if (key === undefined) {
        at = afterLine(text, at);
        continue;
      }
      const value = valueAt(text, skipBlanks(text, ASSIGNMENT.lastIndex), ASSIGNMENT.lastIndex);
      found.push({ path: key, kind: 'string', ...value });
      at = afterLine(text, value.end);
    }
    return found;
  },

  render({ style }, raw, to) {
    if (style === 'double') return /["\\$`]/.test(to) ? null : to;
    if (style === 'single') return /['\\]/.test(to) ? null : to;
    // A sign that means something to some reader is safe only where it stands there already.
    const risky = to.match(/[\s"'\\$`#;&|<>(){}!*?[\]~]/g) ?? [];
    return risky.every((sign) => raw.includes(sign)) ? to : null;
  },
};

/** A comment begins with # or ;, which no name does. */
const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=/y;

type Value = Pick<FoundValue, 'start' | 'end' | 'value' | 'style' | 'fixed'>;

function valueAt(text: string, at: number, afterSign: number): Value {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return bareValue(text, at, afterSign);
  const style = quote === '"' ? 'double' : 'single';
  const close = closingQuote(text, at);
  const end = endOfPieces(text, close + 1);
  if (end > close + 1) {
    const fixed = 'it is put together from several pieces';
    return { start: at, end, value: text.slice(at, end), style, fixed };
  }
  const inner = text.slice(at + 1, close);
  const value = style === 'double' ? unescaped(inner) : inner;
  return { start: at + 1, end: close, value, style, fixed: null };
}

/** The place of the quote that ends the one at `open`. */
function closingQuote(text: string, open: number): number {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at;
    if (text[at] === '\\' && quote === '"') at += 1;
  }
  throw new Malformed('a quote is opened and never closed', open);
}

/** Where a value ends of which more may follow a closing quote; a quote in it may span lines. */
function endOfPieces(text: string, from: number): number {
  let end = from;
  for (let at = from; at < text.length && text[at] !== '\n' && !isComment(text, at); at += 1) {
    if (text[at] === '"' || text[at] === "'") at = closingQuote(text, at);
    if (!isBlank(text[at])) end = at + 1;
  }
  return end;
}

/** An unquoted value ends with its line or before a comment; a backslash takes the next sign along. */
function bareValue(text: string, first: number, afterSign: number): Value {
  let end = first;
  for (let at = first; at < text.length && text[at] !== '\n' && !isComment(text, at); at += 1) {
    const escaped = text[at] === '\\';
    if (escaped) at += text.startsWith('\r\n', at + 1) ? 2 : 1;
    if (escaped || !isBlank(text[at])) end = Math.min(at + 1, text.length);
  }
  // An empty value is put right behind the sign, before any blanks that lead to a comment.
  if (end === first)
    return { start: afterSign, end: afterSign, value: '', style: 'bare', fixed: null };
  const raw = text.slice(first, end);
  const fixed = /["']/.test(raw) ? 'it has quotes in its middle' : null;
  const value = raw.replaceAll(/\\(\r?\n|.)/gs, (_, sign: string) =>
    sign.endsWith('\n') ? '' : sign,
  );
  return { start: first, end, value, style: 'bare', fixed };
}

/** A # begins a comment behind a blank; elsewhere it is a sign like any other. */
function isComment(text: string, at: number): boolean {
  return text[at] === '#' && isBlank(text[at - 1]);
}

/** What a shell makes of the escapes between double quotes. */
function unescaped(inner: string): string {
  return inner.replaceAll(/\\(["\\$`\n])/g, (_, sign: string) => (sign === '\n' ? '' : sign));
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

function isBlank(sign: string | undefined): boolean {
  return sign === ' ' || sign === '\t' || sign === '\r';
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

const afterLine = (text: string, at: number): number => endOfLine(text, at) + 1;
