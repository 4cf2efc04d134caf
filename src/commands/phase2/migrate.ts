import { Args, Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { changeFlags, leaseFlags } from '../../cli/flags.js';
import { migrateAnswer } from '../../cli/move-answers.js';
import { MoverCommand } from '../../cli/mover-command.js';
import { runbooksFlags } from '../../cli/runbook-folders.js';
import { overridesOf } from '../../runbooks/index.js';

export default class Migrate extends MoverCommand {
  static override summary = 'Move one module to the target bus, exactly.';
  static override description =
    'Asks the gates, shows the plan, asks, and moves. What fails after the first change is put back by itself. The same command goes on with a run that was interrupted.';
  static override aliases = ['migrate'];
  static override args = {
    module: Args.string({
      required: true,
      description: 'The module, as the configuration names it.',
    }),
  };
  static override flags = {
    ...changeFlags,
    ...leaseFlags,
    ...runbooksFlags,
    start: Flags.boolean({ description: 'The module may be down; it is started at the end.' }),
    'missing-group': Flags.option({
      options: ['beginning', 'tip'] as const,
      description: 'Where a listed stream without the module’s group begins.',
    })(),
    override: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'GATE',
      description: 'Pass this gate by name; needs --reason, and is kept in the journal.',
    }),
    reason: Flags.string({
      helpValue: 'TEXT',
      description: 'Why, for --override and --take-over.',
    }),
  };
  static override examples = [
    '<%= config.bin %> migrate memory --dry-run',
    '<%= config.bin %> migrate memory --yes',
    '<%= config.bin %> migrate guardian --override soak --reason "watched by hand"',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Migrate);
    const reason = flags.reason ?? null;
    return migrateAnswer(await this.mover(flags), {
      module: args.module,
      takeOver: flags['take-over'] && reason !== null ? { reason } : 'none',
      options: {
        start: flags.start,
        missingGroup: flags['missing-group'] ?? null,
        acceptDuplicates: 0,
        overrides: overridesOf(flags.override ?? [], reason),
      },
    });
  }
}
