import { Flags } from '@oclif/core';
import { adoptAnswer } from '../../cli/adopt-answer.js';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { changeFlags } from '../../cli/flags.js';

export default class JournalAdopt extends BaseCommand {
  static override summary = 'Make this host’s journal the memory of the migration.';
  static override description =
    'For a journal that moved to another host, and for modules whose settings were changed by hand and are right as they are. Read the other journal first.';
  static override flags = {
    ...changeFlags,
    reason: Flags.string({
      required: true,
      helpValue: 'TEXT',
      description: 'Why; it is kept in the journal.',
    }),
  };
  static override examples = ['<%= config.bin %> journal adopt --reason "moved to the new host"'];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(JournalAdopt);
    const session = await this.session(flags);
    const host = {
      plan: session.config,
      redis: await session.redis(),
      clock: this.surroundings.clock,
      onWait: () => this.say('Another host holds the lease; waiting for it to run out.'),
    };
    return adoptAnswer(host, flags.reason, (proposal) => this.confirmed(proposal, flags));
  }
}
