import { Args, Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { ChangerCommand } from '../cli/changer-command.js';
import { claimAnswer } from '../cli/claim-answers.js';
import { claimDestination, minIdleOf } from '../cli/claim-flags.js';
import { deadClaimAnswer } from '../cli/dead-answers.js';
import { durationFlag } from '../cli/duration-flag.js';
import { changeFlags } from '../cli/flags.js';

export default class Claim extends ChangerCommand {
  static override summary = 'Give stuck entries to a consumer, or to a program of yours.';
  static override description =
    'With --exec each message is given to the program on standard input, with ORION_BUS_ID, ORION_BUS_STREAM, ORION_BUS_GROUP and ORION_BUS_DELIVERIES in its environment, and acknowledged when it exits with 0. With --dead, dead letters are put back to the group they came from. Broken off at any point, the same command goes on.';
  static override strict = false;
  static override args = {
    name: Args.string({
      required: true,
      description: 'A module or group; module:NAME and group:NAME say which is meant.',
    }),
  };
  static override flags = {
    ...changeFlags,
    to: Flags.string({
      helpValue: 'CONSUMER',
      exclusive: ['exec'],
      description: 'Move the entries to this consumer.',
    }),
    exec: Flags.boolean({ description: 'Run the program named after -- for each message.' }),
    timeout: durationFlag({
      description: 'How long the program may take for a message; 60s unless said.',
    }),
    dead: Flags.boolean({
      exclusive: ['to', 'min-idle', 'consumer', 'plan-out', 'plan-in'],
      description: 'Dead letters, instead of what is pending.',
    }),
    'min-idle': durationFlag({
      description: 'Leave alone what was delivered later than this; 1m unless said.',
    }),
    'force-now': Flags.boolean({
      description: 'Allow --min-idle 0ms: also what somebody may be working on.',
    }),
    consumer: Flags.string({
      helpValue: 'NAME',
      description: 'Only entries of this consumer.',
    }),
    stream: Flags.string({ helpValue: 'KEY', description: 'Only entries of this stream.' }),
    limit: Flags.integer({ min: 1, helpValue: 'N', description: 'So many at most.' }),
    'plan-out': Flags.string({
      helpValue: 'FILE',
      exclusive: ['plan-in'],
      description: 'Write what would be claimed there, and stop.',
    }),
    'plan-in': Flags.string({
      helpValue: 'FILE',
      exclusive: ['consumer', 'stream', 'limit'],
      description: 'Claim what this plan says, as far as it still is as planned.',
    }),
  };
  static override examples = [
    '<%= config.bin %> claim memory --to memory-2 --min-idle 5m',
    '<%= config.bin %> claim memory --exec -- python3 handle.py',
    '<%= config.bin %> claim group:notes --dead',
    '<%= config.bin %> claim memory --exec --plan-out stuck.ndjson -- python3 handle.py',
  ];

  async run(): Promise<Answer> {
    const { args, flags, argv } = await this.parse(Claim);
    const minIdleMs = minIdleOf(flags);
    const to = claimDestination(flags, argv.slice(1).map(String), this.surroundings.clock);
    const changer = await this.changer(flags);
    const { name } = args;
    const { stream, limit = null } = flags;
    if (to.kind !== 'consumer' && (flags.dead || to.kind === 'group')) {
      return deadClaimAnswer(changer, { name, to, stream, limit });
    }
    return claimAnswer(changer, {
      ...{ name, to, stream, limit },
      consumer: flags.consumer ?? null,
      minIdleMs,
      planOut: flags['plan-out'] === undefined ? null : this.path(flags['plan-out']),
      planIn: flags['plan-in'] === undefined ? null : this.path(flags['plan-in']),
    });
  }
}
