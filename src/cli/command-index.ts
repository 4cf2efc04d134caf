import type { Config } from '@oclif/core';
import { normalizeArgv } from '@oclif/core/help';

/** The words of a command line: what is called, and what it is given. */
export interface CommandLine {
  /** The command's id with colons, as oclif knows it; empty when nothing was called. */
  readonly id: string;
  readonly args: readonly string[];
}

export function readCommandLine(config: Config, argv: readonly string[]): CommandLine {
  const [first] = argv;
  if (first === undefined || first.startsWith('-')) return { id: '', args: argv };
  const [id = '', ...args] = normalizeArgv(config, [...argv]);
  return { id, args };
}

/** Every command as it is typed, aliases included. */
export function commandWords(config: Config): readonly string[] {
  return config.commandIDs.filter((id) => id !== '').map((id) => id.replaceAll(':', ' '));
}

/** True for `--help` and `-h` before a `--`. */
export function asksForHelp(argv: readonly string[]): boolean {
  return before(argv).some((word) => word === '--help' || word === '-h');
}

/** How results are printed; `nagios` and `prometheus` are for the commands that check something. */
export const FORMATS = ['text', 'json', 'nagios', 'prometheus'] as const;

export type Format = (typeof FORMATS)[number];

/** What `--json` or `--format` asks for before a `--`; also where the rest of the line is wrong. */
export function formatOf(argv: readonly string[]): Format {
  const words = before(argv);
  if (words.includes('--json')) return 'json';
  const said = words.flatMap((word, at) =>
    word === '--format' ? (words[at + 1] ?? []) : word.startsWith('--format=') ? word.slice(9) : [],
  );
  return FORMATS.find((format) => said.includes(format)) ?? 'text';
}

/** True for `--no-color` before a `--`; also where the rest of the line is wrong. */
export function refusesColour(argv: readonly string[]): boolean {
  return before(argv).includes('--no-color');
}

function before(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}
