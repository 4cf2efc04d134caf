import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editText } from '../../src/settings/edit-text.js';
import { readSetting, type SettingPlace } from '../../src/settings/index.js';
import { NEW, OLD, openWorkplace, placeOf, type Workplace } from './workplace.js';

const edited = (format: SettingPlace['format'], text: string, from = OLD, to = NEW): string =>
  editText(text, { place: placeOf('f', format), from, to });
const code = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code}` : error;
  }
};

describe('what is written', () => {
  it.each<[SettingPlace['format'], string]>([
    ['env', '# x\nORION_BUS_GROUP=@\nOTHER=1\n'],
    ['env', 'export ORION_BUS_GROUP="@"'],
    ['env', "  export\tORION_BUS_GROUP = '@'   # why\r\nB=2\r\n"],
    ['env', '#ORION_BUS_GROUP=orion-memory-group\n; ORION_BUS_GROUP=x\nORION_BUS_GROUP=@ # c\n'],
    ['env', 'A="several\nORION_BUS_GROUP=no\nlines"\nORION_BUS_GROUP=@\n'],
    ['env', 'A=on \\\nORION_BUS_GROUP=no\nORION_BUS_GROUP=@'],
    ['env', 'XORION_BUS_GROUP=orion-memory-group\nORION_BUS_GROUP_X=1\nORION_BUS_GROUP=@\n'],
    ['env', "A=it's\nset -a\nif true\nORION_BUS_GROUP=@\n"],
    ['yaml', '# c\nbus:\n  group: @   # why\n  other: 1\n'],
    ['yaml', 'bus: {x: 1, group: @, y: 2}\n'],
    ['yaml', '{"bus": {"group": "@"}}'],
    ['yaml', "bus:\r\n  group:\r\n    '@'\r\n"],
    ['yaml', 'bus.group: !!str @\n---\nother: x\n...\n'],
    ['yaml', 'x: &a 1\ny: *a\nbus:\n  group: &unused @\n'],
    ['json', '{\n\t"bus" : { "group": "@", "n": 1.0e5 } // why\n}\n'],
    ['json', '{"bus.group":"@"}'],
    ['toml', '# c\n[bus]\ngroup = "@" # why\n[bus.x]\ngroup = "no"\n'],
    ['toml', "bus.group = '@'\r\n"],
    ['toml', 'bus = { x = 1, group = "@" }'],
    [
      'text',
      'bus.subscribe("event", "@", handler) # not orion-memory-group-go\n'.replace(
        ' # not orion-memory-group-go',
        '',
      ),
    ],
  ])('%s: only the value of %j', (format, template) => {
    expect(edited(format, template.replace('@', OLD))).toBe(template.replace('@', NEW));
    const back = edited(format, template.replace('@', NEW), NEW, OLD);
    expect(back).toBe(template.replace('@', OLD));
  });

  it('takes items of lists, and an empty value', () => {
    const at = (format: SettingPlace['format'], key: string, text: string): string =>
      editText(text, { place: { file: 'f', format, key }, from: 'b', to: 'c' });
    expect(at('yaml', 'a.1.g', 'a:\n  - x\n  - g: b\n')).toBe('a:\n  - x\n  - g: c\n');
    expect(at('json', 'a.1', '{"a":["x","b"]}')).toBe('{"a":["x","c"]}');
    expect(at('toml', 'a.1.g', '[[a]]\ng="b"\n[[a]]\ng="b"\n')).toBe(
      '[[a]]\ng="b"\n[[a]]\ng="c"\n',
    );
    expect(edited('env', 'ORION_BUS_GROUP=  # none\n', '', 'x')).toBe(
      'ORION_BUS_GROUP=x  # none\n',
    );
    expect(edited('env', 'ORION_BUS_GROUP=x  # none\n', 'x', '')).toBe(
      'ORION_BUS_GROUP=  # none\n',
    );
  });

  it('keeps numbers and booleans what they are', () => {
    expect(edited('yaml', 'bus: {group: 8080}', '8080', '9090')).toBe('bus: {group: 9090}');
    expect(edited('json', '{"bus":{"group":true}}', 'true', 'false')).toBe(
      '{"bus":{"group":false}}',
    );
    expect(edited('toml', 'bus.group = 1_000', '1_000', '7')).toBe('bus.group = 7');
    expect(edited('toml', 'bus.group = 1979-05-27', '1979-05-27', '1980-01-01')).toContain('1980');
    expect(code(() => edited('json', '{"bus":{"group":true}}', 'true', '"x"'))).toBe(
      'settings.unwritable-value',
    );
    expect(code(() => edited('toml', 'bus.group = 1', '1', '1.5'))).toBe(
      'settings.unwritable-value',
    );
  });
});

describe('what is refused', () => {
  it.each<[SettingPlace['format'], string, string]>([
    ['env', 'OTHER=1\n#ORION_BUS_GROUP=orion-memory-group\n', 'missing-key'],
    [
      'env',
      'ORION_BUS_GROUP=orion-memory-group\nORION_BUS_GROUP=orion-memory-group\n',
      'duplicate-key',
    ],
    ['env', 'ORION_BUS_GROUP=orion-memory-group-go\n', 'other-value'],
    ['env', 'ORION_BUS_GROUP=orion-memory-group-2\n', 'other-value'],
    ['env', 'ORION_BUS_GROUP="orion"-memory-group\n', 'other-value'],
    ['env', 'A="open\nORION_BUS_GROUP=orion-memory-group\n', 'malformed'],
    ['yaml', 'bus: {}\n', 'missing-key'],
    ['yaml', 'bus:\n  group: orion-memory-group\n  group: orion-memory-group\n', 'duplicate-key'],
    ['yaml', 'bus:\n  group: orion-memory-group\nbus: {}\n', 'duplicate-key'],
    ['yaml', 'bus:\n  group: orion-memory-group\nbus: 1\n', 'duplicate-key'],
    ['yaml', 'bus.group: orion-memory-group\nbus: {group: orion-memory-group}\n', 'duplicate-key'],
    ['yaml', 'bus:\n  group: orion-memory-group\n---\nbus:\n  group: x\n', 'duplicate-key'],
    ['yaml', 'bus:\n  group: [orion-memory-group]\n', 'other-value'],
    ['yaml', 'bus:\n  group: >-\n    orion-memory-group\n', 'unwritable-value'],
    ['yaml', 'g: &g orion-memory-group\nbus:\n  group: *g\n', 'unwritable-value'],
    ['yaml', 'bus:\n  group: &g orion-memory-group\nx: *g\n', 'unwritable-value'],
    ['yaml', 'bus:\n group: orion-memory-group\n  x: [\n', 'malformed'],
    ['yaml', '['.repeat(100_000), 'malformed'],
    ['json', '{"bus":{"group":"orion-memory-group","group":"x"}}', 'duplicate-key'],
    ['json', '{"bus":{"group":"orion-memory-group"},"bus":{}}', 'duplicate-key'],
    ['json', '{"bus":{"group":"orion-memory-group"}', 'malformed'],
    ['json', '', 'malformed'],
    ['json', '['.repeat(100_000), 'malformed'],
    ['toml', 'bus.group = "orion-memory-group"\nbus.group = "x"\n', 'malformed'],
    ['toml', 'bus.group = """orion-memory-group"""\n', 'unwritable-value'],
    ['toml', 'bus.group = orion\n', 'malformed'],
    ['text', 'nothing', 'missing-key'],
    ['text', 'orion-memory-group orion-memory-group', 'duplicate-key'],
    ['text', 'orion-memory-group orion-memory-group-go', 'duplicate-key'],
    ['text', 'orion-memory-group-go', 'other-value'],
  ])('%s: %j is %s', (format, text, expected) => {
    expect(code(() => edited(format, text))).toBe(`settings.${expected}`);
  });

  it.each<[SettingPlace['format'], string, string]>([
    ['env', 'ORION_BUS_GROUP=a', 'two words'],
    ['env', 'ORION_BUS_GROUP=a', 'x\nB=1'],
    ['env', 'ORION_BUS_GROUP=a', 'x#y'],
    ['env', 'ORION_BUS_GROUP=a', '$HOME'],
    ['env', 'ORION_BUS_GROUP="a"', 'say "hi"'],
    ['env', 'ORION_BUS_GROUP="a"', '$(reboot)'],
    ['env', "ORION_BUS_GROUP='a'", "it's"],
    ['yaml', 'bus: {group: a}', 'x, y: z'],
    ['yaml', 'bus: {group: a}', 'true'],
    ['yaml', 'bus: {group: a}', 'on'],
    ['yaml', 'bus: {group: a}', '1:30'],
    ['yaml', 'bus: {group: a}', '2026-01-17'],
    ['yaml', 'bus: {group: a}', 'x #y'],
    ['yaml', 'bus: {group: a}', ''],
    ['yaml', 'bus: {group: a}', '*x'],
    ['yaml', 'bus: {group: "a"}', 'line\u2028end'],
    ['json', '{"bus":{"group":"a"}}', 'bell\u0007'],
    ['json', '{"bus":{"group":"a"}}', 'half \uD800'],
    ['toml', "bus.group = 'a'", "it's"],
  ])('%s: %j cannot become %j', (format, text, to) => {
    expect(code(() => edited(format, text, 'a', to))).toBe('settings.unwritable-value');
  });

  it('a text edit that could not be taken back', () => {
    const text = (content: string, from: string, to: string): unknown =>
      code(() => edited('text', content, from, to));
    expect(text('aab', 'ab', 'b')).toBe('settings.unwritable-value');
    expect(text('abc', 'ab', 'bc')).toBe('settings.duplicate-key');
    expect(text('x', '', 'y')).toBe('settings.missing-key');
    expect(text('x', 'x', '')).toBe('settings.unwritable-value');
  });
});

describe('what is read', () => {
  let workplace: Workplace;
  beforeEach(async () => {
    workplace = await openWorkplace();
  });
  afterEach(() => workplace.remove());

  it.each([
    'G=plain',
    'G=',
    'G=a#b # comment',
    'G="quoted value"  # comment',
    "G='single $HOME \\n'",
    'G="esc \\" \\\\ \\$ \\` \\n"',
    'G=back\\ slash\\\\',
    'G="two\nlines"',
    'export G=exported',
    'G="joined \\\nline"',
    '#G=no\nG=yes',
    'A=1 \\\nG=\nG=last',
    'A="\nG=no\n"\nG=yes',
    "A='\nG=no\n'\nG=yes",
  ])('env: %j as a shell reads it', async (text) => {
    const file = await workplace.put('x.env', `${text}\n`);
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      '. "$1"; printf %s "$G"',
      'sh',
      file,
    ]);
    const reading = await readSetting({ file, format: 'env', key: 'G' });
    expect(reading).toEqual({ value: stdout, problem: null });
  });

  it.each([
    ['yaml', 'a: "\\u006frion"\nb: 012\n', 'a', 'orion'],
    ['yaml', 'a: 012\n', 'a', '012'],
    ['yaml', 'a: |\n  x\n  y\n', 'a', 'x\ny\n'],
    ['yaml', 'x: &v orion\na: *v\n', 'a', 'orion'],
    ['json', '{"a": "\\u006frion"}', 'a', 'orion'],
    ['json', '{"a": 1.50}', 'a', '1.50'],
    ['toml', 'a = "\\u006frion"', 'a', 'orion'],
    ['toml', '"a.b".c = \'x\'', 'a.b.c', 'x'],
  ] as const)('%s: %j at %s', async (format, text, key, value) => {
    const file = await workplace.put('x', `\uFEFF${text}`);
    expect(await readSetting({ file, format, key })).toEqual({ value, problem: null });
  });
});
