import { Args } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { knownRunbook } from '../../cli/runbook-answers.js';
import { runbooksFlags } from '../../cli/runbook-folders.js';
import { runbookPage } from '../../report/index.js';

export default class RunbooksShow extends BaseCommand {
  static override summary = 'Show the steps of one procedure, and what to type by hand.';
  static override args = {
    id: Args.string({ required: true, description: 'The id of the runbook.' }),
  };
  static override flags = runbooksFlags;
  static override examples = ['<%= config.bin %> runbooks show phase2-migrate'];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(RunbooksShow);
    const runbook = knownRunbook(await this.runbooks(flags), args.id);
    return { document: { runbook }, page: runbookPage(runbook) };
  }
}
