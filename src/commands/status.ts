import type { Answer } from '../cli/answer.js';
import { CheckCommand } from '../cli/check-command.js';
import { checkFlags } from '../cli/flags.js';
import { openHost } from '../cli/host.js';
import { statusAnswer } from '../cli/status-answer.js';

export default class Status extends CheckCommand {
  static override summary = 'Show where the migration stands, and the command to type next.';
  static override description =
    'Every module with its state, settings and readers; halt, open run, lease and journal; the gates of the module that moves next, with what they rest on. Changes nothing. While Redis is down it shows what journal and settings tell, and ends with 1.';
  static override flags = checkFlags;
  static override examples = [
    '<%= config.bin %> status',
    {
      description: 'Only the next command',
      command: '<%= config.bin %> status --json | jq -r ".next[0]"',
    },
    { description: 'As a monitoring plugin', command: '<%= config.bin %> status --format nagios' },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Status);
    return this.checked('status', flags, async () => {
      const session = await this.session(flags);
      const runbooks = await this.runbooks({});
      const { interruption } = this.surroundings;
      const say = (text: string): void => this.say(text);
      return statusAnswer(session, () =>
        openHost(session, { runbooks, interruption, emit: () => undefined, say }),
      );
    });
  }
}
