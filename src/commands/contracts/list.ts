import type { Answer } from '../../cli/answer.js';
import { BaseCommand } from '../../cli/base-command.js';
import { cell, textColumn, wholeColumn } from '../../report/index.js';

export default class ContractsList extends BaseCommand {
  static override summary = 'List the contracts that messages are checked against.';
  static override aliases = ['contracts'];
  static override examples = [
    '<%= config.bin %> contracts list',
    {
      description: 'Only the types',
      command: '<%= config.bin %> contracts --json | jq -r ".contracts[].type"',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(ContractsList);
    const session = await this.session(flags);
    const contracts = await session.contracts();
    const listed = contracts.types.flatMap((type) => {
      const contract = contracts.get(type);
      if (contract === null) return [];
      const { title, description, file } = contract;
      return [{ type, title, description, file }];
    });
    return {
      document: { directory: session.config.contracts, contracts: listed },
      page: [
        {
          kind: 'table',
          columns: [wholeColumn('TYPE'), textColumn('WHAT IT IS')],
          rows: listed.map(({ type, title, description }) => [
            cell(type),
            cell(description ?? title ?? ''),
          ]),
          empty: `There is no contract in ${session.config.contracts}.`,
        },
      ],
    };
  }
}
