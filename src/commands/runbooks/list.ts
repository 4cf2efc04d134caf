import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { runbooksFlags } from '../../cli/runbook-folders.js';
import { runbooksTable } from '../../report/index.js';

export default class RunbooksList extends BaseCommand {
  static override summary = 'List the written procedures that this tool carries out.';
  static override aliases = ['runbooks'];
  static override flags = runbooksFlags;
  static override examples = [
    '<%= config.bin %> runbooks',
    '<%= config.bin %> runbooks list --runbooks ./runbooks',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(RunbooksList);
    const runbooks = [...(await this.runbooks(flags)).values()];
    return {
      document: {
        runbooks: runbooks.map(({ steps, ...runbook }) => ({ ...runbook, steps: steps.length })),
      },
      page: [runbooksTable(runbooks)],
    };
  }
}
