import { Args } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { runbookFindings } from '../../cli/runbook-answers.js';
import { runbooksFlags } from '../../cli/runbook-folders.js';

export default class RunbooksCheck extends BaseCommand {
  static override summary = 'Prove that runbooks can be carried out.';
  static override description =
    "Holds every step's kind, arguments, templates, timeout and exit code against what this version knows. Nothing is carried out. A runbook with a mistake gives exit code 4; a step without a reason or without words for doing it by hand is only a warning.";
  static override args = {
    id: Args.string({ description: 'Only this runbook.' }),
  };
  static override flags = runbooksFlags;
  static override examples = [
    '<%= config.bin %> runbooks check',
    '<%= config.bin %> runbooks check phase2-migrate --runbooks ./runbooks',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(RunbooksCheck);
    return runbookFindings(() => this.runbooks(flags), args.id);
  }
}
