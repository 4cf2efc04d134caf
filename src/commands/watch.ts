import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { metricsAddress } from '../cli/metrics-address.js';
import { MoverCommand } from '../cli/mover-command.js';
import { rollbackByMatrix } from '../cli/rollback-by-matrix.js';
import { watchAnswer } from '../cli/watch-answer.js';

export default class Watch extends MoverCommand {
  static override summary = 'Guard the migration: sample, judge, halt when something is wrong.';
  static override description =
    'Runs until SIGTERM or SIGINT, then ends after the sample under way. Every sample is stored; an emergency criterion that fails raises a halt. Source groups of modules on the target are kept near, so that a rollback by hand repeats little. The log goes to standard error; with --json one document a line.';
  static override flags = {
    once: Flags.boolean({ description: 'Take one sample, act on it, and end: for cron.' }),
    metrics: Flags.string({
      helpValue: 'ADDRESS',
      description: 'Where to serve /metrics, such as 127.0.0.1:9465, or off; else as configured.',
    }),
    'auto-rollback': Flags.boolean({
      description: 'Carry out what the decision matrix says, once, after the announced grace.',
    }),
  };
  static override examples = [
    '<%= config.bin %> watch',
    '<%= config.bin %> watch --once --json',
    '<%= config.bin %> watch --auto-rollback --metrics 127.0.0.1:9100',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Watch);
    const session = await this.session(flags);
    const { metrics } = session.config.watch;
    return watchAnswer(session, {
      once: flags.once,
      json: flags.json,
      metrics: flags.metrics === undefined ? metrics : metricsAddress(flags.metrics),
      autoRollback: flags['auto-rollback'] ? rollbackByMatrix(() => this.mover(flags)) : null,
      signal: this.surroundings.interruption.takeSignal(),
      say: (text) => this.say(text),
    });
  }
}
