import { Args, Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { CheckCommand } from '../cli/check-command.js';
import { checkFlags } from '../cli/flags.js';
import { lagAnswer } from '../cli/lag-answer.js';
import { hasViewer, liveLag } from '../cli/live-lag.js';
import { watchLag } from '../cli/watch-lag.js';

export default class Lag extends CheckCommand {
  static override summary = 'Show how far every consumer group is behind.';
  static override description =
    'In a terminal a live view, ? shows its keys; elsewhere, and with --once, a table. Entries not delivered yet, entries delivered and not acknowledged, the age of the oldest of them, and how far trimming is from what is owed. A figure that cannot be known is shown as -, or as a lower bound.';
  static override args = {
    name: Args.string({
      description: 'Only this module or group; module:NAME and group:NAME say which is meant.',
    }),
  };
  static override flags = {
    ...checkFlags,
    once: Flags.boolean({ description: 'Print one table and end.' }),
    check: Flags.boolean({
      description: 'End with 3 where a group is at the alert threshold, or missing.',
    }),
    warn: Flags.integer({
      min: 1,
      helpValue: 'N',
      description: 'Warn from this backlog on, instead of thresholds.lag.target.',
    }),
    crit: Flags.integer({
      min: 1,
      helpValue: 'N',
      description: 'Alert from this backlog on, instead of thresholds.lag.alert.',
    }),
    watch: Flags.integer({
      min: 1,
      helpValue: 'SECONDS',
      exclusive: ['once', 'check', 'format', 'outfile'],
      description: 'Print a line every so many seconds; with --json a document a line.',
    }),
    'read-only': Flags.boolean({ description: 'Live, without the keys that change something.' }),
  };
  static override examples = [
    '<%= config.bin %> lag',
    '<%= config.bin %> lag --once',
    '<%= config.bin %> lag memory --check',
    '<%= config.bin %> lag --check --warn 50 --crit 500',
    { description: 'As a monitoring plugin', command: '<%= config.bin %> lag --format nagios' },
    '<%= config.bin %> lag --watch 10 >> lag.log',
    '<%= config.bin %> lag group:orion-memory-group --json',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Lag);
    const { name } = args;
    const { format } = flags;
    const limits = { warn: flags.warn, crit: flags.crit };
    if (flags.watch !== undefined) {
      const everyMs = flags.watch * 1_000;
      return watchLag(await this.session(flags), { name, everyMs, json: flags.json, limits });
    }
    const asksForTable = flags.once || flags.check || flags.json || format !== undefined;
    if (!asksForTable && flags.outfile === undefined && hasViewer(this.surroundings)) {
      const view = { readOnly: flags['read-only'], colour: !flags['no-color'] };
      return liveLag(await this.session(flags), { name, ...view, limits });
    }
    // What monitoring reads is a verdict.
    const check = flags.check || format === 'nagios' || format === 'prometheus';
    return this.checked('lag', flags, async () =>
      lagAnswer(await this.session(flags), { name, check, limits }),
    );
  }
}
