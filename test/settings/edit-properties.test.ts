import fc from 'fast-check';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { editText } from '../../src/settings/edit-text.js';
import type { SettingPlace } from '../../src/settings/index.js';
import { Refusal } from '../../src/settings/refusal.js';

/** A file with one value in it: what stands before and behind, and how the value itself is written. */
interface File {
  readonly before: string;
  readonly after: string;
  readonly write: (value: string) => string;
}

const NAME = fc.stringMatching(/^[a-z][a-z-]{0,20}[a-z]$/);
const ANY = fc.oneof(
  NAME,
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'aon1.:#,-\'"\\$ {}[]*&!|>%@`~=\n\t\r') }),
  fc.constantFrom('true', 'null', 'on', '1', '1e3', '0x1F', '2026-01-17', '~', '', ' a ', '- a'),
);
const LINE_END = fc.constantFrom('\n', '\r\n');
const END = fc.constantFrom('', '\n', '\n\n');

/** Joins lines that do not matter around the one that does; § becomes a number of its own. */
const around = (lines: fc.Arbitrary<string>, head: string, tail: string) =>
  fc
    .tuple(fc.array(lines, { maxLength: 6 }), fc.array(lines, { maxLength: 6 }), LINE_END, END)
    .map(([above, below, eol, end]) => ({
      before:
        above.map((line, n) => line.replace('§', `a${n}`) + eol).join('') +
        head.replaceAll('\n', eol),
      after: tail + below.map((line, n) => eol + line.replace('§', `b${n}`)).join('') + end,
    }));

const word = fc.stringMatching(/^[A-Za-z0-9 äö😀_.-]{0,15}$/u);

const envFile = fc
  .tuple(
    around(
      fc.oneof(
        word.map((text) => `# G=${text}`),
        word.map((text) => `export G_X='${text}'`),
        word.map((text) => `GG="${text}" # G=1`),
        fc.constant('  '),
      ),
      '',
      '',
    ),
    fc.constantFrom(
      ['G=', '', ''],
      ['export G=', '"', '" # c'],
      [' G = ', "'", "'"],
      ['G=', '', ' # c'],
    ),
  )
  .map(
    ([{ before, after }, [head = '', open = '', close = '']]): File => ({
      before: before + head,
      after: close.slice(open.length) + after,
      write: (value) => open + value + open,
    }),
  );

const yamlFile = fc
  .tuple(
    around(
      fc.oneof(
        word.map((text) => `# a: ${text}`),
        word.map((text) => `k§: "${text}"`),
        word.map((text) => `k§: [x, '${text}', {g: y}]`),
      ),
      'a:\n  x: 1\n  g: ',
      ' # c',
    ),
    fc.constantFrom('', "'", '"'),
  )
  .map(
    ([{ before, after }, quote]): File => ({
      before,
      after,
      write: (value) => {
        if (quote === '"') return JSON.stringify(value);
        return quote + (quote === '' ? value : value.replaceAll("'", "''")) + quote;
      },
    }),
  );

const jsonFile = fc
  .tuple(fc.dictionary(word, fc.jsonValue({ maxDepth: 2 })), fc.constantFrom(0, 1, '\t'), END)
  .map(([noise, indent, end]): File => {
    const text = JSON.stringify({ ...noise, a: { first: 'x', g: '@@', last: [1] } }, null, indent);
    const [before = '', after = ''] = text.split('"@@"');
    return { before, after: after + end, write: (value) => JSON.stringify(value) };
  })
  .filter(({ before }) => !before.includes('"@@') && !before.includes('"a":{'));

const tomlFile = fc
  .tuple(
    around(
      fc.oneof(
        word.map((text) => `# g = ${text}`),
        word.map((text) => `k§ = "${text}"`),
        word.map((text) => `k§ = [ 1, { g = '${text}' } ]`),
      ),
      '[a]\nx = 1\ng = ',
      ' # c',
    ),
    fc.constantFrom('"', "'"),
  )
  .map(
    ([{ before, after }, quote]): File => ({
      before,
      after,
      write: (value) => (quote === '"' ? JSON.stringify(value) : `'${value}'`),
    }),
  );

const FORMATS = {
  env: { file: envFile, key: 'G', read: null },
  yaml: {
    file: yamlFile,
    key: 'a.g',
    read: (text: string) => parseYaml(text, { uniqueKeys: false }).a.g,
  },
  json: { file: jsonFile, key: 'a.g', read: (text: string) => JSON.parse(text).a.g },
  toml: {
    file: tomlFile,
    key: 'a.g',
    read: (text: string) => JSON.parse(JSON.stringify(getStaticTOMLValue(parseTOML(text)))).a.g,
  },
} as const;

describe.each(['env', 'yaml', 'json', 'toml'] as const)('an edit of %s', (format) => {
  const { file, key, read } = FORMATS[format];
  const place: SettingPlace = { file: 'f', format, key };

  it('of one name to another changes exactly these characters, and can be taken back', () => {
    fc.assert(
      fc.property(file, NAME, NAME, ({ before, after, write }, from, to) => {
        fc.pre(!RESERVED.has(from) && !RESERVED.has(to));
        const text = before + write(from) + after;
        const edited = editText(text, { place, from, to });
        expect(edited).toBe(before + write(to) + after);
        if (read !== null) expect(read(edited)).toBe(to);
        expect(editText(edited, { place, from: to, to: from })).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('to anything at all is exact or refused', () => {
    fc.assert(
      fc.property(file, NAME, ANY, ({ before, after, write }, from, to) => {
        fc.pre(!RESERVED.has(from));
        const edited = attempt(() => editText(before + write(from) + after, { place, from, to }));
        if (edited === null) return;
        expect(edited.startsWith(before)).toBe(true);
        expect(edited.endsWith(after)).toBe(true);
        if (read !== null) expect(read(edited)).toBe(to);
        expect(attempt(() => editText(edited, { place, from: to, to: from }))).toBe(
          before + write(from) + after,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('never throws anything but a refusal, whatever the text', () => {
    fc.assert(
      fc.property(ANY, ANY, ANY, (text, from, to) => {
        attempt(() => editText(text, { place, from, to }));
        attempt(() => editText(`${text}G=${from}\n${text}`, { place, from, to }));
      }),
      { numRuns: 300 },
    );
  });
});

describe('an edit of text', () => {
  const place: SettingPlace = { file: 'f', format: 'text', key: null };
  const short = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 4 });

  it('replaces the only occurrence, and is refused where it could not be taken back', () => {
    fc.assert(
      fc.property(short, short, fc.array(short, { maxLength: 4 }), (from, to, pieces) => {
        const text = pieces.join(' ');
        const edited = attempt(() => editText(text, { place, from, to }));
        if (edited === null || from === to) return;
        const at = [...text].findIndex(
          (_, index) => text.slice(0, index) + to + text.slice(index + from.length) === edited,
        );
        expect(text.startsWith(from, at)).toBe(true);
        expect(editText(edited, { place, from: to, to: from })).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Names that YAML 1.1 or 1.2 take for something else than a string. */
const RESERVED = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off']);

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
