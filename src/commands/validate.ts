import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { CheckCommand } from '../cli/check-command.js';
import { checkFlags } from '../cli/flags.js';
import { validateAnswer } from '../cli/validate-answer.js';

export default class Validate extends CheckCommand {
  static override summary = 'Carry out the daily check: four groups of checks, changing nothing.';
  static override description =
    'The exit code is that of the first group that fails: 1 prerequisites, 2 message round trip, 3 consumer groups, 4 validation. All findings are shown all the same. The probe of the round trip has a key of its own, which expires by itself.';
  static override flags = {
    ...checkFlags,
    quiet: Flags.boolean({
      exclusive: ['json', 'format'],
      description: 'Print only where something fails, for cron; the codes are the same.',
    }),
  };
  static override examples = [
    '<%= config.bin %> validate',
    { description: 'From cron', command: '<%= config.bin %> validate --quiet' },
    {
      description: 'For the textfile collector of node_exporter',
      command:
        '<%= config.bin %> validate --format prometheus --outfile /var/lib/node_exporter/orion-bus.prom',
    },
    {
      description: 'Only what failed',
      command:
        '<%= config.bin %> validate --json | jq -r \'.checks[] | select(.status == "fail") | .message\'',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Validate);
    return this.checked('validate', flags, async () =>
      validateAnswer(await this.session(flags), flags.quiet),
    );
  }
}
