import { Args } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { checkMessages, knownContract, messagesIn } from '../../cli/contract-messages.js';
import { readInput } from '../../cli/input.js';
import { line } from '../../report/index.js';

export default class ContractsCheck extends BaseCommand {
  static override summary = 'Check the contracts, or messages against one of them.';
  static override description =
    'Without a file it checks that every contract can be read and compiled. With one it checks the message in it, or each line where it is NDJSON; nothing is published.';
  static override args = {
    type: Args.string({ description: 'Only this contract type.' }),
    file: Args.string({ description: 'Messages to check; - is standard input.' }),
  };
  static override examples = [
    '<%= config.bin %> contracts check',
    '<%= config.bin %> contracts check event message.json',
    'redis-cli --raw XRANGE orion:events - + COUNT 1 | tail -n 1 | <%= config.bin %> contracts check event -',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(ContractsCheck);
    const session = await this.session(flags);
    const contracts = await session.contracts();
    if (args.type !== undefined) knownContract(contracts, args.type);
    if (args.type !== undefined && args.file !== undefined) {
      const input = await readInput(args.file, this.surroundings);
      return checkMessages(contracts, args.type, messagesIn(input));
    }
    const types = args.type === undefined ? contracts.types : [args.type];
    return {
      document: { ok: true, exitCode: 0, directory: session.config.contracts, types },
      page: types.map((type) => line(`ok    ${type}`, { tone: 'good' })),
    };
  }
}
