import type { Violation } from '../../contracts/index.js';
import type { Json } from '../../problems/index.js';
import { type Cell, cell, printable, type Tone } from '../../report/index.js';
import { textWidth } from '../text-width.js';
import { type ScreenLine, spans, textLine } from './screen-line.js';
import type { MessageShown, ScreenSize } from './view-state.js';

/** How many lines of a message are shown at once. */
export function messageRoom({ rows }: ScreenSize): number {
  return Math.max(1, rows - 6);
}

/** A message laid out, every line within the width: first what is wrong with it, then its JSON. */
export function messageLines(
  message: MessageShown | null,
  { columns }: ScreenSize,
): readonly ScreenLine[] {
  if (message === null) return [textLine('  Looking …', 'dim')];
  const { body, violations, warnings } = message;
  const room = columns - 4;
  const faults = [
    ...violations.flatMap((each) => faultLines('FAIL', each, 'bad', room)),
    ...warnings.flatMap((each) => faultLines('warn', each, 'warn', room)),
  ];
  return [...faults, ...bodyLines(body, faultTones(message), room)];
}

function bodyLines(
  body: MessageShown['body'],
  tones: ReadonlyMap<string, Tone>,
  room: number,
): readonly ScreenLine[] {
  switch (body.kind) {
    case 'gone':
      return [textLine('  The entry is gone from the stream: a ghost.', 'bad')];
    case 'text':
      return [
        textLine('  FAIL  it is not JSON:', 'bad'),
        ...wrapped(body.text, room).map((text) => textLine(`  ${text}`)),
      ];
    case 'json':
      return jsonLines(body.value).flatMap(({ pointer, text }) => {
        const tone = tones.get(pointer) ?? null;
        // The sign tells where the colour does not.
        const sign: Cell = cell(tone === null ? '  ' : '! ', tone ?? 'plain');
        return wrapped(text, room).map((part) => spans(sign, cell(part, tone ?? 'plain')));
      });
  }
}

function faultLines(
  word: string,
  { pointer, message, expected }: Violation,
  tone: Tone,
  room: number,
): readonly ScreenLine[] {
  const place = pointer === '' ? 'the message' : pointer;
  return wrapped(`${word}  ${place} ${message}; expected ${expected}`, room).map((text) =>
    textLine(`  ${text}`, tone),
  );
}

function faultTones({ violations, warnings }: MessageShown): ReadonlyMap<string, Tone> {
  return new Map<string, Tone>([
    ...warnings.map(({ pointer }): [string, Tone] => [pointer, 'warn']),
    ...violations.map(({ pointer }): [string, Tone] => [pointer, 'bad']),
  ]);
}

interface JsonLine {
  /** JSON pointer of the value that begins on this line. */
  readonly pointer: string;
  readonly text: string;
}

/** JSON as `JSON.stringify(value, null, 2)` lays it out, each line with the place it is about. */
export function jsonLines(value: Json, pointer = '', indent = '', lead = ''): readonly JsonLine[] {
  const parts = membersOf(value);
  if (parts === null || parts.length === 0) {
    return [{ pointer, text: `${indent}${lead}${JSON.stringify(value)}` }];
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inner = parts.flatMap(({ key, member, lead: name }, at) => {
    const lines = jsonLines(member, `${pointer}/${escaped(key)}`, `${indent}  `, name);
    return at === parts.length - 1 ? lines : withComma(lines);
  });
  return [
    { pointer, text: `${indent}${lead}${open}` },
    ...inner,
    // The end of a value is not where its fault is told again.
    { pointer: `${pointer}/`, text: `${indent}${close}` },
  ];
}

function withComma(lines: readonly JsonLine[]): readonly JsonLine[] {
  return lines.map((line, at) =>
    at === lines.length - 1 ? { ...line, text: `${line.text},` } : line,
  );
}

function membersOf(
  value: Json,
): readonly { readonly key: string; readonly member: Json; readonly lead: string }[] | null {
  if (Array.isArray(value)) {
    return value.map((member, at) => ({ key: String(at), member, lead: '' }));
  }
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [{ key, member, lead: `${JSON.stringify(key)}: ` }],
  );
}

/** One part of a JSON pointer (RFC 6901, section 3). */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The text in pieces of at most `room` columns, cut anywhere: nothing of a message is left out. */
function wrapped(text: string, room: number): readonly string[] {
  const pieces: string[] = [];
  let current = '';
  let width = 0;
  for (const character of printable(text)) {
    const wide = textWidth(character);
    if (width + wide > room) {
      pieces.push(current);
      [current, width] = ['', 0];
    }
    current += character;
    width += wide;
  }
  return [...pieces, current];
}
