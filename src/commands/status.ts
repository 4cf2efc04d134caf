import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { openHost } from '../cli/host.js';
import { statusAnswer } from '../cli/status-answer.js';

export default class Status extends BaseCommand {
  static override summary = 'Show where the migration stands, and the command to type next.';
  static override description =
    'Every module with its state, settings and readers; halt, open run, lease and journal; the gates of the module that moves next, with what they rest on. Changes nothing. While Redis is down it shows what journal and settings tell, and ends with 1.';
  static override examples = [
    '<%= config.bin %> status',
    {
      description: 'Only the next command',
      command: '<%= config.bin %> status --json | jq -r ".next[0]"',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Status);
    const session = await this.session(flags);
    const runbooks = await this.runbooks({});
    const { interruption } = this.surroundings;
    const say = (text: string): void => this.say(text);
    return statusAnswer(session, () =>
      openHost(session, { runbooks, interruption, emit: () => undefined, say }),
    );
  }
}
