import { Args, Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { ChangerCommand } from '../../cli/changer-command.js';
import { changeFlags } from '../../cli/flags.js';
import { repairAnswer } from '../../cli/group-upkeep-answers.js';

export default class GroupsRepair extends ChangerCommand {
  static override summary = 'Mend the lag of groups for which the server keeps a false number.';
  static override description =
    'Redis 7.0 to 7.4 may report a lag that is wrong for ever once entries were trimmed unread. The counter is set to what a count gives; no cursor moves. A lag that the server does not know is left unknown.';
  static override args = {
    name: Args.string({
      description: 'Only this module or group; module:NAME and group:NAME say which is meant.',
    }),
  };
  static override flags = {
    ...changeFlags,
    stream: Flags.string({ helpValue: 'KEY', description: 'Only groups on this stream.' }),
  };
  static override examples = [
    '<%= config.bin %> groups repair --dry-run',
    '<%= config.bin %> groups repair memory',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GroupsRepair);
    const { stream } = flags;
    return repairAnswer(await this.changer(flags), { name: args.name, stream });
  }
}
