import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { validateAnswer } from '../cli/validate-answer.js';

export default class Validate extends BaseCommand {
  static override summary = 'Carry out the daily check: four groups of checks, changing nothing.';
  static override description =
    'The exit code is that of the first group that fails: 1 prerequisites, 2 message round trip, 3 consumer groups, 4 validation. All findings are shown all the same. The probe of the round trip has a key of its own, which expires by itself.';
  static override examples = [
    '<%= config.bin %> validate',
    {
      description: 'Only what failed',
      command:
        '<%= config.bin %> validate --json | jq -r \'.checks[] | select(.status == "fail") | .message\'',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Validate);
    return validateAnswer(await this.session(flags));
  }
}
