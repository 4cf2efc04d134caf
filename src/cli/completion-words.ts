import type { Config } from '@oclif/core';

/** What may follow the words of a command, for the script of a shell. */
export interface CommandWords {
  /** As typed, such as `groups settle`; empty for the program itself. */
  readonly path: string;
  /** The words that may come next: commands below, and names of what it acts on. */
  readonly words: readonly string[];
  /** With their dashes. */
  readonly flags: readonly string[];
  /** What a flag takes, by the flag: the values to choose from, or anything. */
  readonly values: ReadonlyMap<string, FlagValue>;
}

export type FlagValue = readonly string[] | 'file' | 'anything';

/** Names that stand for a kind of argument, by the argument's or the flag's name. */
export type KnownNames = Readonly<Record<string, readonly string[]>>;

/** Every command, alias and topic, from what the commands say of themselves. */
export function completionWords(config: Config, names: KnownNames): readonly CommandWords[] {
  const commands = config.commands.filter(({ hidden }) => !hidden);
  // Each alias is among them as a command of its own.
  const paths = commands.map(({ id }) => id);
  const below = (path: string): readonly string[] => {
    const prefix = path === '' ? '' : `${path}:`;
    const under = paths.filter((each) => each.startsWith(prefix) && each !== path);
    return [...new Set(under.map((each) => each.slice(prefix.length).split(':')[0] ?? ''))];
  };
  const ofCommands = commands.map((command) => {
    const flags = Object.values(command.flags).filter(({ hidden }) => hidden !== true);
    const values = flags.flatMap((flag): (readonly [string, FlagValue])[] => {
      if (flag.type === 'boolean') return [];
      const { name, options, helpValue } = flag;
      const isPath = helpValue === 'FILE' || helpValue === 'DIR';
      return [[`--${name}`, options ?? names[name] ?? (isPath ? 'file' : 'anything')]];
    });
    const acts = Object.values(command.args).flatMap(
      ({ name, options }) => options ?? names[name] ?? [],
    );
    return {
      path: command.id.replaceAll(':', ' '),
      words: [...below(command.id), ...acts],
      flags: flags.map(({ name }) => `--${name}`),
      values: new Map(values),
    };
  });
  const known = new Set(ofCommands.map(({ path }) => path));
  const topics = [...new Set(paths.map((each) => each.split(':')[0] ?? ''))].filter(
    (topic) => !known.has(topic),
  );
  const nothing = { flags: ['--help'], values: new Map<string, FlagValue>() };
  return [
    { path: '', words: [...below(''), 'help'], ...nothing, flags: ['--help', '--version'] },
    { path: 'help', words: [...below(''), 'exit-codes'], ...nothing },
    ...topics.map((path) => ({ path, words: below(path), ...nothing })),
    ...ofCommands,
  ];
}
