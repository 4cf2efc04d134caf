import { Args, Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { deadLettersAnswer } from '../cli/dead-answers.js';
import { durationFlag } from '../cli/duration-flag.js';
import { afterId, pendingAnswer } from '../cli/pending-answer.js';

export default class Pending extends BaseCommand {
  static override summary = 'Show entries that were delivered and not acknowledged.';
  static override description =
    'The oldest first. Entries that a handoff set aside are marked (parked); of those that were trimmed meanwhile the kept message is shown.';
  static override args = {
    name: Args.string({
      description: 'Only this module or group; module:NAME and group:NAME say which is meant.',
    }),
  };
  static override flags = {
    'min-idle': durationFlag({ description: 'Only entries not delivered again for this long.' }),
    consumer: Flags.string({ helpValue: 'NAME', description: 'Only entries of this consumer.' }),
    stream: Flags.string({ helpValue: 'KEY', description: 'Only entries of this stream.' }),
    ghost: Flags.boolean({ description: 'Only entries that are gone from the stream.' }),
    dead: Flags.boolean({
      exclusive: ['min-idle', 'consumer', 'ghost', 'after', 'detail'],
      description: 'What consumers gave up, from the streams of dead letters.',
    }),
    after: Flags.string({
      helpValue: 'ID',
      description: 'Only entries behind this id, to go on where another call ended.',
    }),
    detail: Flags.boolean({
      description: 'Each message whole, laid out under its entry.',
    }),
    limit: Flags.integer({
      min: 0,
      default: 100,
      helpValue: 'N',
      description: 'How many to show; all are counted.',
    }),
  };
  static override examples = [
    '<%= config.bin %> pending memory',
    '<%= config.bin %> pending --min-idle 5m --limit 20',
    '<%= config.bin %> pending orion-memory-group --ghost --json',
    '<%= config.bin %> pending --dead',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Pending);
    const session = await this.session(flags);
    const { stream, limit } = flags;
    const output = this.paged(flags);
    if (flags.dead) {
      return deadLettersAnswer(session, { name: args.name, stream, limit }, output);
    }
    const stage = {
      output,
      begins: () => this.takeInterruption(),
      progress: (title: string, total: number) => this.progress(title, total),
    };
    const request = {
      name: args.name,
      stream,
      minIdleMs: flags['min-idle'] ?? null,
      consumer: flags.consumer ?? null,
      ghost: flags.ghost,
      limit,
      detail: flags.detail,
      after: afterId(flags.after),
    };
    return pendingAnswer(session, request, stage);
  }
}
