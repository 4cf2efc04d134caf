import { Args } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { completionAnswer } from '../cli/completion-answer.js';
import { SHELLS } from '../cli/completion-script.js';

export default class Completion extends BaseCommand {
  static override summary = 'Print a script by which a shell completes commands, flags and names.';
  static override description =
    'Modules and groups are those of the configuration at the time. The script knows all words itself: completing starts nothing and asks no Redis.';
  static override args = {
    shell: Args.option({
      options: SHELLS,
      description: 'The shell that is to read it.',
    })({ required: true }),
  };
  static override examples = [
    {
      description: 'For bash, in ~/.bashrc',
      command: 'eval "$(<%= config.bin %> completion bash)"',
    },
    { description: 'For zsh, in ~/.zshrc', command: 'eval "$(<%= config.bin %> completion zsh)"' },
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Completion);
    return completionAnswer(args.shell, this.config, () => this.session(flags));
  }
}
