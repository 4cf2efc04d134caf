import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { clearHaltAnswer, haltAnswer } from '../cli/halt-answers.js';

export default class Halt extends BaseCommand {
  static override summary = 'Stop the migration in an emergency, or clear such a stop.';
  static override description =
    'A halt lets nothing go forward, on any host, until it is cleared; going back stays allowed. It needs no lease and asks nothing.';
  static override flags = {
    reason: Flags.string({
      required: true,
      helpValue: 'TEXT',
      description: 'Why; it is shown everywhere.',
    }),
    clear: Flags.boolean({ description: 'End the halt in force.' }),
  };
  static override examples = [
    '<%= config.bin %> halt --reason "guardian acts twice"',
    '<%= config.bin %> halt --clear --reason "schemas corrected"',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Halt);
    const session = await this.session(flags);
    const host = {
      plan: session.config,
      redis: await session.redis(),
      clock: this.surroundings.clock,
    };
    return flags.clear ? clearHaltAnswer(host, flags.reason) : haltAnswer(host, flags.reason);
  }
}
