import { Args, Flags } from '@oclif/core';
import { createPublisher } from '../bus/index.js';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { knownContract, messageLines, singleMessage } from '../cli/contract-messages.js';
import { readInput } from '../cli/input.js';
import { publishMessages } from '../cli/publish-messages.js';

export default class Publish extends BaseCommand {
  static override summary = 'Publish a message that fits its contract.';
  static override description =
    'The message comes from standard input or a file. It is checked before anything is written; of several messages (--ndjson), all are checked before the first is written. Prints the id of each entry.';
  static override args = {
    type: Args.string({ required: true, description: 'The contract type, such as event.' }),
  };
  static override flags = {
    file: Flags.string({
      helpValue: 'FILE',
      default: '-',
      description: 'Read from this file; - is standard input.',
    }),
    ndjson: Flags.boolean({ description: 'Each line is a message of its own.' }),
  };
  static override examples = [
    '<%= config.bin %> publish event < message.json',
    '<%= config.bin %> publish event --file messages.ndjson --ndjson',
  ];

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Publish);
    const session = await this.session(flags);
    const contracts = await session.contracts();
    const { type } = knownContract(contracts, args.type);
    const input = await readInput(flags.file, this.surroundings);
    const messages = flags.ndjson ? messageLines(input) : singleMessage(input);
    const link = await session.redis();
    const { prefix, maxLength } = session.config.streams;
    const publisher = createPublisher({ link, contracts, prefix, maxLength });
    return publishMessages({ contracts, publisher, type, messages });
  }
}
