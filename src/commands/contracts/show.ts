import { Args } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { knownContract } from '../../cli/contract-messages.js';
import { line } from '../../report/index.js';

export default class ContractsShow extends BaseCommand {
  static override summary = 'Show the JSON Schema of one contract.';
  static override args = {
    type: Args.string({ required: true, description: 'The contract type, such as event.' }),
  };
  static override examples = ['<%= config.bin %> contracts show event'];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(ContractsShow);
    const session = await this.session(flags);
    const contract = knownContract(await session.contracts(), args.type);
    const schema = JSON.stringify(contract.schema, null, 2).split('\n');
    return {
      document: { type: contract.type, file: contract.file, schema: contract.schema },
      page: schema.map((text) => line(text.trimStart(), { indent: indentOf(text), whole: true })),
    };
  }
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
