import { Args, Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { changeFlags, leaseFlags } from '../../cli/flags.js';
import { settleAnswer } from '../../cli/move-answers.js';
import { MoverCommand } from '../../cli/mover-command.js';
import { runbooksFlags } from '../../cli/runbook-folders.js';

export default class GroupsSettle extends MoverCommand {
  static override summary = 'Make good what a dead process left pending in a module’s groups.';
  static override description =
    'Pauses the module, turns its groups in place and starts it again: what it had in hand last is delivered again, what lies further back is parked.';
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
    start: Flags.boolean({ description: 'Start the module at the end although it was down.' }),
  };
  static override examples = ['<%= config.bin %> groups settle memory'];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GroupsSettle);
    return settleAnswer(await this.mover(flags), args.module, {
      start: flags.start,
      missingGroup: null,
      acceptDuplicates: 0,
      overrides: new Map(),
    });
  }
}
