import { Args, Flags } from '@oclif/core';
import { type Answer, BaseCommand, lagAnswer } from '../cli/index.js';

export default class Lag extends BaseCommand {
  static override summary = 'Show how far every consumer group is behind.';
  static override description =
    'Entries not delivered yet, entries delivered and not acknowledged, the age of the oldest of them, and how far trimming is from what is owed. A figure that cannot be known is shown as -, or as a lower bound.';
  static override args = {
    name: Args.string({
      description: 'Only this module or group; module:NAME and group:NAME say which is meant.',
    }),
  };
  static override flags = {
    once: Flags.boolean({ description: 'Print one table and end.' }),
    check: Flags.boolean({
      description: 'End with 3 where a group is at the alert threshold, or missing.',
    }),
  };
  static override examples = [
    '<%= config.bin %> lag --once',
    '<%= config.bin %> lag memory --check',
    '<%= config.bin %> lag group:orion-memory-group --json',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Lag);
    return lagAnswer(await this.session(flags), { name: args.name, check: flags.check });
  }
}
