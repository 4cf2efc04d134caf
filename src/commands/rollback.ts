import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { changeFlags, leaseFlags } from '../cli/flags.js';
import { rollbackAnswer } from '../cli/move-answers.js';
import { MoverCommand } from '../cli/mover-command.js';
import { runbooksFlags } from '../cli/runbook-folders.js';

export default class Rollback extends MoverCommand {
  static override summary = 'Put modules back on the source bus, exactly; allowed in every state.';
  static override description =
    'Without --module every module is put back, the last moved first; one that fails does not keep the others. A module that is on the source already is left alone.';
  static override flags = {
    ...changeFlags,
    ...leaseFlags,
    ...runbooksFlags,
    phase: Flags.string({
      required: true,
      options: ['2'] as const,
      description: 'Which phase is taken back: 2, the modules.',
    }),
    module: Flags.string({ helpValue: 'NAME', description: 'Only this module.' }),
    side: Flags.option({
      options: ['source', 'target'] as const,
      description: 'The side it reads on, where neither readers nor settings can tell.',
    })(),
    'accept-duplicates': Flags.integer({
      min: 0,
      default: 0,
      helpValue: 'N',
      description: 'How many messages may be repeated where the giving group is gone.',
    }),
  };
  static override examples = [
    '<%= config.bin %> rollback --phase 2 --module memory',
    '<%= config.bin %> rollback --phase 2 --yes',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Rollback);
    return rollbackAnswer(await this.mover(flags), {
      module: flags.module ?? null,
      side: flags.side ?? null,
      takeOver: flags['take-over'] ? 'now' : 'none',
      options: {
        start: false,
        missingGroup: null,
        acceptDuplicates: flags['accept-duplicates'],
        overrides: new Map(),
      },
    });
  }
}
