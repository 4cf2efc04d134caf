import { Args, Flags } from '@oclif/core';
import { ackAnswer } from '../cli/ack-answer.js';
import type { Answer } from '../cli/answer.js';
import { ChangerCommand } from '../cli/changer-command.js';
import { changeFlags } from '../cli/flags.js';

export default class Ack extends ChangerCommand {
  static override summary = 'Acknowledge pending entries by hand.';
  static override description =
    'For what was handled elsewhere or need not be handled: nobody is given it any more. Ids that are not pending are named. It cannot be taken back; the journal keeps who held what.';
  static override strict = false;
  static override args = {
    name: Args.string({
      required: true,
      description: 'A module or group; module:NAME and group:NAME say which is meant.',
    }),
    ids: Args.string({ description: 'Ids of entries, as pending shows them.' }),
  };
  static override flags = {
    ...changeFlags,
    reason: Flags.string({
      required: true,
      helpValue: 'TEXT',
      description: 'Why; it is kept in the journal.',
    }),
    stream: Flags.string({ helpValue: 'KEY', description: 'The stream that is meant.' }),
    'plan-in': Flags.string({
      helpValue: 'FILE',
      description: 'Acknowledge what this plan of claim --plan-out says, as far as it still is so.',
    }),
  };
  static override examples = [
    '<%= config.bin %> ack memory 1700000000000-0 --reason "handled by hand"',
    '<%= config.bin %> ack group:notes 1700000000000-0 1700000000000-1 --reason "a test"',
  ];

  async run(): Promise<Answer> {
    const { args, flags, argv } = await this.parse(Ack);
    return ackAnswer(await this.changer(flags), {
      name: args.name,
      ids: argv.slice(1).map(String),
      stream: flags.stream,
      reason: flags.reason,
      planIn: flags['plan-in'] === undefined ? null : this.path(flags['plan-in']),
    });
  }
}
