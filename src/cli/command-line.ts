import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { type ExitCode, OrionError } from '../problems/index.js';
import {
  asksForHelp,
  commandWords,
  formatOf,
  readCommandLine,
  refusesColour,
} from './command-index.js';
import { defectOf } from './defect.js';
import { EXIT_CODE_ROWS, exitCodePage } from './exit-code-map.js';
import { Output } from './output.js';
import type { Surroundings } from './surroundings.js';
import { unknownCommand } from './usage-error.js';

export interface CommandLineOptions {
  /** What was typed after the program's name. */
  readonly argv: readonly string[];
  /** `import.meta.url` of the program, from which the package is found. */
  readonly root: string;
  readonly surroundings: Surroundings;
  /** Rejects with what nobody caught; that ends the command line as a defect. */
  readonly stray: Promise<never>;
}

/**
 * Carries out one command line and prints what it has to say: an answer, a problem or help.
 *
 * Nothing else prints results or chooses exit codes, so that text and `--json` cannot disagree, and
 * oclif's own codes cannot come through.
 */
export async function runCommandLine(options: CommandLineOptions): Promise<ExitCode> {
  const { argv, surroundings, stray } = options;
  const output = new Output(surroundings, {
    format: formatOf(argv),
    colour: !refusesColour(argv),
  });
  const site = { command: '', version: '' };
  const interrupted = surroundings.interruption.whenOver();
  try {
    return await Promise.race([
      carryOut(options, output, site),
      interrupted.then((problem) => output.problem(problem)),
      stray,
    ]);
  } catch (thrown) {
    if (thrown instanceof OrionError) return output.problem(thrown);
    const { clock, temporary } = surroundings;
    const at = new Date(clock.now());
    return output.problem(await defectOf(thrown, { ...site, folder: temporary, at }));
  }
}

/** @param site filled in as soon as it is known, for the report of a defect */
async function carryOut(
  { argv, root, surroundings }: CommandLineOptions,
  output: Output,
  site: { command: string; version: string },
): Promise<ExitCode> {
  // Otherwise oclif looks for TypeScript sources where NODE_ENV is `test` or `development`.
  settings.enableAutoTranspile = false;
  const config = await Config.load({ root: fileURLToPath(root) });
  site.version = config.version;
  if (argv[0] === '--version') {
    return output.laidOut('version', `${config.bin} ${config.version}\n`);
  }
  if (argv[0] === 'help' || argv.length === 0 || asksForHelp(argv)) {
    return showHelp(config, argv[0] === 'help' ? argv.slice(1) : argv, output);
  }

  const { id, args } = readCommandLine(config, argv);
  const found = config.findCommand(id);
  if (found === undefined) {
    if (config.findTopic(id) !== undefined && args.every((word) => word.startsWith('-'))) {
      return showHelp(config, id.split(':'), output);
    }
    throw unknownCommand(id === '' ? argv : id.split(':'), commandWords(config), config.bin);
  }
  site.command = id;
  // What every command needs, help and version do not: it is loaded with the first command.
  const [CommandClass, { BaseCommand }] = await Promise.all([
    found.load(),
    import('./base-command.js'),
  ]);
  const command: unknown = Reflect.construct(CommandClass, [[...args], config]);
  if (!(command instanceof BaseCommand)) throw new Error(`${id} is no BaseCommand.`);
  return output.answer(await command.answer(surroundings));
}

async function showHelp(
  config: Config,
  argv: readonly string[],
  output: Output,
): Promise<ExitCode> {
  const words = argv.filter((word) => !word.startsWith('-'));
  if (words[0] === 'exit-codes') {
    const codes = EXIT_CODE_ROWS.map(([code, meaning]) => ({ code: Number(code), meaning }));
    return output.answer({ document: { codes }, page: exitCodePage() });
  }
  const { id } = readCommandLine(config, words);
  const known =
    id === '' || config.findCommand(id) !== undefined || config.findTopic(id) !== undefined;
  if (!known) throw unknownCommand(words, commandWords(config), config.bin);
  const { helpText } = await import('./help.js');
  return output.laidOut('help', await helpText(config, words, output.look('stdout')));
}
