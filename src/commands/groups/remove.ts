import { Args, Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { ChangerCommand } from '../../cli/changer-command.js';
import { changeFlags } from '../../cli/flags.js';
import { removeAnswer } from '../../cli/group-upkeep-answers.js';

export default class GroupsRemove extends ChangerCommand {
  static override summary = 'Remove a group or a consumer that owes nothing.';
  static override description =
    'Only where nothing is pending and, for a group, nothing undelivered, and where nobody reads with it. What it was is kept in the journal first.';
  static override args = {
    group: Args.string({ required: true, description: 'The name of the group.' }),
  };
  static override flags = {
    ...changeFlags,
    stream: Flags.string({
      helpValue: 'KEY',
      description: 'The stream; needed where the group is on more than one.',
    }),
    consumer: Flags.string({
      helpValue: 'NAME',
      description: 'Remove this consumer, not the group.',
    }),
  };
  static override examples = [
    '<%= config.bin %> groups remove orion-old-group --stream orion:events',
    '<%= config.bin %> groups remove notes --consumer notes-pod-7f9c',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GroupsRemove);
    return removeAnswer(await this.changer(flags), {
      group: args.group,
      stream: flags.stream,
      consumer: flags.consumer ?? null,
    });
  }
}
