import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { journalVerdict } from '../../cli/journal-answers.js';
import { Journal } from '../../journal/index.js';

export default class JournalVerify extends BaseCommand {
  static override summary = 'Prove that no record was changed, removed or put in.';
  static override description =
    'Reads the whole journal and follows its chain of hashes. Changes nothing. A damaged journal gives exit code 1; a torn last line, as a kill leaves it, is only a warning.';
  static override examples = ['<%= config.bin %> journal verify'];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(JournalVerify);
    const { config } = await this.session(flags);
    return journalVerdict(await Journal.read(config.stateDir));
  }
}
