import { Args } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { journalRecords } from '../../cli/journal-answers.js';
import { Journal } from '../../journal/index.js';

export default class JournalShow extends BaseCommand {
  static override summary = 'Show records in full.';
  static override args = {
    which: Args.string({
      required: true,
      description: 'The number of a record, or the id of a run for all of its records.',
    }),
  };
  static override examples = ['<%= config.bin %> journal show 12'];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(JournalShow);
    const { config } = await this.session(flags);
    return journalRecords(await Journal.read(config.stateDir), args.which);
  }
}
