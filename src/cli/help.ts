import { CommandHelp, type Config, Help, type HelpSectionRenderer } from '@oclif/core';
import { EXIT_CODE_ROWS } from './exit-code-map.js';

/** oclif's help, kept as text, with the exit codes under every command. */
class HelpText extends Help {
  protected override CommandHelpClass = CommandHelpWithExitCodes;
  readonly #lines: string[] = [];

  get text(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`;
  }

  protected override log(...lines: string[]): void {
    this.#lines.push(...lines);
  }

  /** oclif does not wrap the first line, the package's description. */
  override formatRoot(): string {
    const [description = '', ...rest] = super.formatRoot().split('\n');
    return [this.wrap(description, 0), ...rest].join('\n');
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log(this.section(EXIT_CODES_HEADER, exitCodeList()));
  }
}

class CommandHelpWithExitCodes extends CommandHelp {
  protected override sections(): { generate: HelpSectionRenderer; header: string }[] {
    return [
      ...super.sections(),
      {
        header: EXIT_CODES_HEADER,
        generate: (_, header) => ({ header, body: exitCodeList() }),
      },
    ];
  }
}

const EXIT_CODES_HEADER = 'EXIT CODES';

function exitCodeList(): { name: string; description: string }[] {
  return EXIT_CODE_ROWS.map(([code, meaning]) => ({
    name: code,
    description: meaning,
  }));
}

/**
 * Help for the words of a command or topic, for all of them when there are none.
 * @param words must be known; see `knows`
 */
export async function helpText(
  config: Config,
  words: readonly string[],
  look: { width: number; colour: boolean },
): Promise<string> {
  const help = new HelpText(config, { maxWidth: look.width, stripAnsi: !look.colour });
  await help.showHelp([...words]);
  return help.text;
}
