import { Args } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { schemaAnswer, schemasAnswer } from '../cli/schema-answer.js';

export default class Schema extends BaseCommand {
  static override summary = 'Show the JSON Schema of what a command prints with --json.';
  static override description =
    'For programs that read these documents, in draft 2020-12. Every document has v and next; one that tells of a problem has ok, exitCode and error. Members may be added by a later version. Without a command it lists those that have a schema: all.';
  static override args = {
    command: Args.string({ description: 'The first word of the command, such as groups.' }),
    subcommand: Args.string({ description: 'The second, such as settle.' }),
  };
  static override examples = [
    '<%= config.bin %> schema',
    '<%= config.bin %> schema lag',
    '<%= config.bin %> schema groups settle > settle.schema.json',
  ];

  async run(): Promise<Answer> {
    const { args } = await this.parse(Schema);
    if (args.command === undefined) return schemasAnswer();
    const typed = [args.command, ...(args.subcommand === undefined ? [] : [args.subcommand])];
    const id = typed.join(':');
    // By its long name: `groups` is short for `groups list`.
    return schemaAnswer(this.config.commands.find(({ aliases }) => aliases.includes(id))?.id ?? id);
  }
}
