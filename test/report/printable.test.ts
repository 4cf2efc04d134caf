import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '../../src/report/index.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
const ACTING = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

const unit = fc.oneof(
  fc.constantFrom(
    '\u001b',
    '\u007f',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ufeff',
    '\n',
    '"',
    '\\',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

describe('printable', () => {
  it.each<[text: string, shown: string]>([
    ['plain text, ünïcode, 漢字, 👩\u200d🚒', 'plain text, ünïcode, 漢字, 👩\u200d🚒'],
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\u009b31m', '\\x9b31m'],
    [
      '\u001b]8;;http://evil\u0007click\u001b]8;;\u0007',
      '\\x1b]8;;http://evil\\x07click\\x1b]8;;\\x07',
    ],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['\u2066isolate\u2069', '\\u2066isolate\\u2069'],
    ['line\u2028separator', 'line\\u2028separator'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['lone \ud800', 'lone \\ud800'],
    ['\u0000', '\\x00'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves nothing that a terminal acts on, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(printable(text)).not.toMatch(ACTING);
      }),
    );
  });

  it('keeps line breaks that are meant', () => {
    expect(printableLines('a\n\u0007b')).toBe('a\n\\x07b');
  });
});

describe('printable JSON', () => {
  it('is the same value, and nothing a terminal acts on', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit }), fc.string({ unit })), (value) => {
        const text = printableJson(value);
        expect(text.replaceAll('\n', '')).not.toMatch(ACTING);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
