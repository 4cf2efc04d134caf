import { Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { journalList } from '../../cli/journal-answers.js';
import { Journal, type RecordType } from '../../journal/index.js';

// The compiler holds this against the journal's own list, both ways.
const RECORD_TYPES = Object.keys({
  'run.started': true,
  'run.resumed': true,
  'run.finished': true,
  'run.superseded': true,
  'step.intended': true,
  'step.done': true,
  'step.failed': true,
  'step.skipped': true,
  'step.undone': true,
  verdict: true,
  'gate.overridden': true,
  'halt.raised': true,
  'halt.cleared': true,
  claim: true,
  ack: true,
  ghosts: true,
  stale: true,
  adopted: true,
} satisfies Record<RecordType, true>);

export default class JournalList extends BaseCommand {
  static override summary = 'List what was recorded, the newest last.';
  static override aliases = ['journal'];
  static override flags = {
    run: Flags.string({ helpValue: 'ID', description: 'Only this run.' }),
    step: Flags.string({ helpValue: 'ID', description: 'Only this step.' }),
    type: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      options: RECORD_TYPES,
      helpValue: 'TYPE',
      description: 'Only records of this type; may be given several times.',
    }),
    last: Flags.integer({ min: 1, helpValue: 'N', description: 'Only the last N of them.' }),
  };
  static override examples = [
    '<%= config.bin %> journal',
    '<%= config.bin %> journal list --type run.started --type run.finished --last 10',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(JournalList);
    const { config } = await this.session(flags);
    const view = await Journal.read(config.stateDir);
    const { run, step, type: types, last } = flags;
    return journalList(view, { run, step, types, last });
  }
}
