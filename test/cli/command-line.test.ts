import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODE_OF_KIND, EXIT_CODES } from '../../src/problems/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;

beforeAll(async () => {
  cli = await buildCli();
  await cli.addCommand('try fail', FAIL);
  await cli.addCommand('try say', SAY);
});
afterAll(() => cli.remove());

describe('exit codes', () => {
  it.each(Object.entries(EXIT_CODE_OF_KIND))(
    '%s ends with %i, in text and in JSON',
    async (kind, code) => {
      const [text, json] = await Promise.all([
        cli.ask(['try', 'fail', kind]),
        cli.ask(['try', 'fail', kind, '--json']),
      ]);
      expect(text.code).toBe(code);
      expect(json.code).toBe(code);
      expect(text.stdout).toBe('');
      expect(text.stderr).toBe(
        'It went wrong.\n  Nothing was changed.\n  next: orion-bus status\n',
      );
      expect(json.stderr).toBe('');
      expect(JSON.parse(json.stdout)).toEqual({
        v: 1,
        ok: false,
        exitCode: code,
        error: { kind, code: 'try.fail', message: 'It went wrong.', hint: 'Nothing was changed.' },
        next: ['orion-bus status'],
      });
    },
  );

  it('lists all of them in the help of every command, in the root help and as a topic', async () => {
    const ways = [
      ['--help'],
      ['-h'],
      [],
      ['help'],
      ['publish', '--help'],
      ['contracts', '--help'],
    ].concat([
      ['help', 'contracts', 'show'],
      ['serve', '-h'],
      ['help', 'exit-codes'],
    ]);
    for (const args of ways) {
      const { code, stdout, stderr } = await cli.ask(args);
      expect([code, stderr]).toEqual([0, '']);
      const words = stdout.replaceAll(/\s+/g, ' ');
      for (const [each, meaning] of Object.entries(EXIT_CODES)) {
        expect(words, args.join(' ')).toContain(`${each} ${meaning}`);
      }
    }
  });

  it('are a document too', async () => {
    const { stdout } = await cli.ask(['help', 'exit-codes', '--json']);
    const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => ({
      code: Number(code),
      meaning,
    }));
    expect(JSON.parse(stdout)).toEqual({ v: 1, codes, next: [] });
  });

  it('keep what a command answers with a code of its own', async () => {
    const [text, json] = await Promise.all([
      cli.ask(['try', 'say', 'refused']),
      cli.ask(['try', 'say', 'refused', '--json']),
    ]);
    expect([text.code, json.code]).toEqual([3, 3]);
    expect(text.stdout).toBe('The plan.\n');
    expect(text.stderr).toContain('Still being read.');
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      ok: false,
      exitCode: 3,
      plan: ['one'],
      error: { kind: 'fence' },
      next: ['orion-bus lag'],
    });
  });
});

describe('wrong usage ends with 64', () => {
  it.each<[args: string, message: string, hint: string]>([
    ['contracts --jsn', 'Unknown flag: --jsn.', 'Did you mean --json?'],
    ['contracts list --config', 'Flag --config expects a value.', 'Nothing was done.'],
    ['contracts shw', 'Unknown command: contracts shw.', 'Did you mean orion-bus contracts show?'],
    ['contrcts list', 'Unknown command: contrcts list.', 'Did you mean orion-bus contracts list?'],
    [
      'contracts nothing',
      'Unknown command: contracts nothing.',
      'There are: contracts check, contracts list, contracts show.',
    ],
    [
      'help contracts shw',
      'Unknown command: contracts shw.',
      'Did you mean orion-bus contracts show?',
    ],
    ['xyzzy', 'Unknown command: xyzzy.', 'Nothing was done.'],
    ['--yes', 'There is no command on the line.', 'Nothing was done.'],
    ['contracts show', 'Missing argument: TYPE.', 'Nothing was done.'],
    ['contracts show event incident', 'Unexpected argument: incident.', 'Nothing was done.'],
    ['contracts show evnt', 'There is no contract "evnt".', 'Did you mean event?'],
    [
      'serve --http-port much',
      '--http-port: Expected an integer but received: much.',
      'Nothing was done.',
    ],
    [
      'serve --log-level loud',
      'Expected --log-level=loud to be one of: debug, info, warn, error.',
      'Nothing was done.',
    ],
    ['journal list --run a --run b', 'Flag --run can only be specified once.', 'Nothing was done.'],
    ['contracts show redis://u:hunter2@h x', 'Unexpected argument: x.', 'Nothing was done.'],
    [
      'contracts show event redis://u:hunter2@h',
      'Unexpected argument: redis://u:***@h.',
      'Nothing was done.',
    ],
  ])('%s', async (line, message, hint) => {
    const args = line.split(' ');
    const [text, json] = await Promise.all([cli.ask(args), cli.ask([...args, '--json'])]);
    expect(text.code).toBe(64);
    expect(text.stdout).toBe('');
    const lines = text.stderr.replaceAll(/\s+/g, ' ');
    expect(lines).toContain(`${message} ${hint} next: orion-bus`);
    expect(json.code).toBe(64);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      ok: false,
      exitCode: 64,
      error: { kind: 'usage', message, hint },
    });
  });

  it('takes no argument from standard input', async () => {
    // As a process of its own: oclif would look at the real standard input.
    expect((await cli.run(['contracts', 'show'], { input: 'event\n' })).code).toBe(64);
  });
});

describe('a defect', () => {
  it.each(['thrown', 'stray', 'later'])(
    '%s ends with 70 and leaves its stack in a private file',
    async (how) => {
      const { code, stdout, stderr } = await cli.run(['try', 'fail', how]);
      expect([code, stdout]).toEqual([70, '']);
      expect(stderr).toMatch(/^A defect in orion-bus: nothing\.here is not a function\n/);
      expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
      const path = /is in (\S+)/.exec(stderr.replaceAll(/\n\s+/g, ' '))?.[1] ?? '';
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const report = await readFile(path, 'utf8');
      expect(report).toContain('command: try:fail');
      expect(report).toMatch(/TypeError: nothing\.here is not a function\n +at /);
    },
  );

  it('has the same shape in JSON as every error', async () => {
    const { code, stdout, stderr } = await cli.ask(['try', 'fail', 'thrown', '--json']);
    expect([code, stderr]).toEqual([70, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      v: 1,
      ok: false,
      exitCode: 70,
      error: { kind: 'defect' },
    });
  });

  it('is said in one short sentence, whatever the error quotes', async () => {
    const { stderr } = await cli.ask(['try', 'fail', 'long']);
    expect(stderr.length).toBeLessThan(700);
  });

  it('is said also where no report can be written', async () => {
    const { code, stderr } = await cli.ask(['try', 'fail', 'thrown'], {
      env: { TMPDIR: '/nowhere' },
    });
    expect(code).toBe(70);
    expect(stderr).not.toContain('A report');
    expect((await readdir(cli.root)).filter((name) => name.includes('undefined'))).toEqual([]);
  });
});

describe('standard output', () => {
  it.each(
    [
      ['contracts'],
      ['contracts show event'],
      ['contracts check'],
      ['journal'],
      ['journal verify'],
    ].concat([['--version'], ['--help'], ['publish --help'], ['runbooks'], ['try say hostile']]),
  )('is one document and nothing else: %s --json', async (line) => {
    const { code, stdout, stderr } = await cli.ask([...line.split(' '), '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, next: [] });
  });

  it('shows what a terminal would act on, in text and in JSON', async () => {
    const [text, json] = await Promise.all([
      cli.ask(['try', 'say', 'hostile']),
      cli.ask(['try', 'say', 'hostile', '--json']),
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
    const acting = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
    expect(text.stdout).not.toMatch(acting);
    expect(json.stdout).not.toMatch(acting);
    expect(text.stdout).toContain('\\x1b]0;owned\\x07 \\u202egpj.exe \\x9b2J');
    expect(JSON.parse(json.stdout)).toMatchObject({ text: HOSTILE });
  });

  it('keeps to 80 columns', async () => {
    for (const args of [
      ['contracts'],
      ['--help'],
      ['serve', '--help'],
      ['help', 'exit-codes'],
      ['try', 'say', 'wide'],
    ]) {
      const { stdout } = await cli.ask(args);
      const longest = Math.max(...stdout.split('\n').map((line) => line.length));
      expect(longest, args.join(' ')).toBeLessThanOrEqual(80);
    }
  });

  it('may be closed by its reader', async () => {
    const child = cli.start(['try', 'say', 'much']);
    child.stopReading();
    expect(await child.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('that is full is no success', async () => {
    const { root } = cli;
    const { execa } = await import('execa');
    const { exitCode } = await execa(
      'sh',
      ['-c', `${process.execPath} ${join(root, 'bin/run.js')} try say much > /dev/full`],
      { reject: false },
    );
    expect(exitCode).toBe(1);
  });
});

describe('the README', () => {
  it('has the map of exit codes between its markers', async () => {
    const { exitCodeMarkdown } = await import('../../src/cli/exit-code-map.js');
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8').catch(
      () => '',
    );
    const section = /<!-- exit-codes -->\n([\s\S]*?)\n<!-- \/exit-codes -->/.exec(readme)?.[1];
    // Without the markers there is nothing to compare; with them they must agree to the letter.
    if (readme.includes('<!-- exit-codes -->')) expect(section?.trim()).toBe(exitCodeMarkdown());
    expect(exitCodeMarkdown()).toContain('| 130 | interrupted, and resumable |');
  });
});

const FAIL = `
import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { OrionError } from '../../problems/index.js';
export default class Fail extends BaseCommand {
  static args = { how: Args.string({ required: true }) };
  async run() {
    const { args } = await this.parse(Fail);
    const nothing = {};
    if (args.how === 'thrown') nothing.here();
    if (args.how === 'long') throw new Error('payload '.repeat(10_000));
    if (args.how === 'stray') { void Promise.resolve().then(() => nothing.here()); await new Promise(() => setTimeout(() => {}, 60_000)); }
    if (args.how === 'later') { setTimeout(() => nothing.here(), 1); await new Promise(() => setTimeout(() => {}, 60_000)); }
    throw new OrionError({ kind: args.how, code: 'try.fail', message: 'It went wrong.', hint: 'Nothing was changed.', next: ['orion-bus status'] });
  }
}`;

const HOSTILE = 'a\u001b]0;owned\u0007 \u202egpj.exe \u009b2J\r\nb';

const SAY = `
import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { OrionError } from '../../problems/index.js';
import { cell, line, nameColumn, figureColumn } from '../../report/index.js';
export default class Say extends BaseCommand {
  static args = { what: Args.string({ required: true }) };
  async run() {
    const { args } = await this.parse(Say);
    const text = ${JSON.stringify(HOSTILE)};
    const table = { kind: 'table', columns: [nameColumn('NAME'), nameColumn('OTHER'), figureColumn('N')], rows: [[cell(text), cell('y'.repeat(90)), cell('1')]], empty: '' };
    if (args.what === 'hostile') return { document: { text }, page: [line(text), table] };
    if (args.what === 'wide') return { document: {}, page: [line('word '.repeat(60)), table] };
    if (args.what === 'much') return { document: {}, page: Array.from({ length: 50_000 }, () => line('the same again')) };
    return { document: { plan: ['one'] }, page: [line('The plan.')], problem: new OrionError({ kind: 'fence', code: 'try.fence', message: 'Still being read.', next: ['orion-bus lag'] }) };
  }
}`;
