import { stripVTControlCharacters } from 'node:util';
import { messageOf, OrionError } from '../problems/index.js';
import { nearest } from './nearest.js';

/** What the parser needs to be asked for when it complains. */
export interface ParsedCommand {
  /** As typed, such as `orion-bus contracts show`. */
  readonly words: string;
  /** Long names, without dashes. */
  readonly flags: readonly string[];
}

/**
 * Whatever oclif's parser threw, in our words and with the code for wrong usage. An `OrionError` of
 * a flag's own parser keeps its code and message.
 */
export function usageError(thrown: unknown, command: ParsedCommand): OrionError {
  const next = [`${command.words} --help`];
  const unknown = namesIn(thrown, 'flags');
  if (unknown.length > 0) {
    return usage('usage.unknown-flag', unknownFlags(unknown), suggestion(unknown, command), next);
  }
  const args = namesIn(thrown, 'args');
  if (args.length > 0) {
    const missing = args.some((arg) => MISSING.test(arg));
    const names = args.map((arg) => arg.replace(MISSING, '').toUpperCase());
    return missing
      ? usage(
          'usage.missing-argument',
          `Missing argument${args.length === 1 ? '' : 's'}: ${names.join(', ')}.`,
          null,
          next,
        )
      : usage(
          'usage.unexpected-argument',
          `Unexpected argument${args.length === 1 ? '' : 's'}: ${args.join(', ')}.`,
          null,
          next,
        );
  }
  if (thrown instanceof OrionError) return withoutPreamble(thrown, next);
  const message = sentence(messageWithoutPreamble(thrown));
  return usage('usage.invalid', message, nearestValue(message), next);
}

/** For words that are no command, given all that are (with spaces, as typed). */
export function unknownCommand(
  words: readonly string[],
  commands: readonly string[],
  bin: string,
): OrionError {
  const typed = words.join(' ');
  if (typed === '' || typed.startsWith('-')) {
    return usage('usage.no-command', 'There is no command on the line.', null, [`${bin} --help`]);
  }
  // Words after the command may be its arguments, so every beginning is held against the commands.
  const meant = words
    .map((_, at) => nearestCommand(words.slice(0, words.length - at), commands))
    .find((found) => found !== null && !typed.startsWith(`${found} `));
  const below = commands.filter((command) => command.startsWith(`${words[0]} `));
  const hint =
    meant !== undefined && meant !== null
      ? `Did you mean ${bin} ${meant}?`
      : below.length > 0
        ? `There are: ${below.join(', ')}.`
        : null;
  return usage('usage.unknown-command', `Unknown command: ${typed}.`, hint, [
    meant === undefined || meant === null ? `${bin} --help` : `${bin} ${meant} --help`,
  ]);
}

/** Word by word: a long first word must not make up for a second one that is nothing alike. */
function nearestCommand(words: readonly string[], commands: readonly string[]): string | null {
  const near = commands.filter((command) => {
    const parts = command.split(' ');
    return (
      parts.length === words.length &&
      parts.every((part, at) => nearest(words[at] ?? '', [part]) !== null)
    );
  });
  return near.length === 1 ? (near[0] ?? null) : nearest(words.join(' '), near);
}

function usage(code: string, message: string, hint: string | null, next: string[]): OrionError {
  return new OrionError({
    kind: 'usage',
    code,
    message: withoutSecrets(message),
    hint: hint ?? 'Nothing was done.',
    next,
  });
}

function unknownFlags(flags: readonly string[]): string {
  return `Unknown flag${flags.length === 1 ? '' : 's'}: ${flags.join(', ')}.`;
}

function suggestion(unknown: readonly string[], { flags }: ParsedCommand): string | null {
  const meant = unknown
    .map((flag) => nearest(flag.replace(/^-+/, '').replace(/=.*$/s, ''), flags))
    .filter((flag) => flag !== null);
  return meant.length === 0 ? null : `Did you mean ${meant.map((flag) => `--${flag}`).join(', ')}?`;
}

/** oclif says which values a flag takes, and nothing of it but the text. */
function nearestValue(message: string): string | null {
  const [, flag, value = '', values] =
    /^Expected (--[\w-]+)=(.*) to be one of: (.*)\.$/.exec(message) ?? [];
  const meant = values === undefined ? null : nearest(value, values.split(', '));
  return meant === null ? null : `Did you mean ${flag} ${meant}?`;
}

const MISSING = /^missing /;

/**
 * The flags or arguments that a parse error carries. oclif does not export the classes of these
 * errors, only their shapes are there to tell them apart: missing arguments are objects with a name.
 */
function namesIn(thrown: unknown, member: 'flags' | 'args'): readonly string[] {
  if (!(thrown instanceof Error) || !(member in thrown)) return [];
  const names: unknown = Reflect.get(thrown, member);
  if (!Array.isArray(names)) return [];
  return names.map((each: unknown) =>
    typeof each === 'object' && each !== null && 'name' in each
      ? `missing ${String(each.name)}`
      : String(each),
  );
}

/** oclif puts the flag's name in front of an error of its parser, and help behind it. */
function messageWithoutPreamble(thrown: unknown): string {
  const text = thrown instanceof Error ? stripVTControlCharacters(thrown.message) : '';
  return (text === '' ? messageOf(thrown) : text)
    .replaceAll(/(\n)?See more help with --help/g, '')
    .replace(/^Parsing (--\S+) \n\t/, '$1: ')
    .replace(/^The following errors? occurred:\s*/, '')
    .replaceAll(/\s*\n\s*/g, '; ')
    .trim();
}

function withoutPreamble(problem: OrionError, otherwise: readonly string[]): OrionError {
  const { kind, code, hint, exitCode, cause } = problem;
  const next = problem.next.length === 0 ? otherwise : problem.next;
  return new OrionError({
    kind,
    code,
    message: withoutSecrets(sentence(messageWithoutPreamble(problem))),
    ...(hint === null ? {} : { hint }),
    next,
    exitCode,
    cause,
  });
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** What was typed is said again, but never the password of a URL. */
function withoutSecrets(text: string): string {
  return text.replaceAll(/(\w+:\/\/[^\s/:@]*):[^\s@]*@/g, '$1:***@');
}
