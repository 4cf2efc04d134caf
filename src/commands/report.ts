import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { REPORT_FORMATS, reportAnswer } from '../cli/report-answer.js';
import { timeFlag } from '../cli/time-flag.js';

export default class Report extends BaseCommand {
  static override summary = 'Report on the whole migration, with the success table filled in.';
  static override description =
    'The success metrics with what they came to and a verdict each, the criteria of every phase, the zero-loss audit of every module, downtime, rollbacks, runs, gates passed by name and emergency stops. By journal, samples and baseline alone: it changes nothing, and works while Redis is down. The page of --format html has charts, and needs nothing from elsewhere.';
  static override flags = {
    format: Flags.option({
      options: REPORT_FORMATS,
      default: 'md' as const,
      description: 'Markdown, one HTML page, or JSON.',
    })(),
    output: Flags.string({
      helpValue: 'FILE',
      description: 'Write it there, whole or not at all, instead of to standard output.',
    }),
    since: timeFlag({ description: 'Look back no further than this.' }),
    until: timeFlag({ description: 'Look no further than until this.' }),
  };
  static override examples = [
    '<%= config.bin %> report --format html --output migration.html',
    {
      description: 'Only what failed',
      command:
        '<%= config.bin %> report --json | jq ".success.criteria[] | select(.verdict==\\"fail\\")"',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Report);
    const { format, output, since, until } = flags;
    return reportAnswer(await this.session(flags), {
      format,
      output: output === undefined ? null : this.path(output),
      sinceMs: since ?? null,
      untilMs: until ?? null,
    });
  }
}
