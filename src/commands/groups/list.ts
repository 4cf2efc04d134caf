import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { groupsAnswer } from '../../cli/group-answers.js';

export default class GroupsList extends BaseCommand {
  static override summary = 'List the consumer groups, and whose they are.';
  static override aliases = ['groups'];
  static override examples = [
    '<%= config.bin %> groups',
    {
      description: 'Groups that belong to no module',
      command: '<%= config.bin %> groups --json | jq \'.groups[] | select(.side == "unknown")\'',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(GroupsList);
    return groupsAnswer(await this.session(flags));
  }
}
