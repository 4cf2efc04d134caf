import { Flags } from '@oclif/core';
import type { Answer } from '../../cli/answer.js';
import { PhaseCommand, phaseFlags } from '../../cli/phase-command.js';

export default class Phase3Cutover extends PhaseCommand {
  static override summary = 'Move the publishers to the target bus, and stop the source bus.';
  static override description =
    'Publishers one by one, each seen to publish; then the source bus is stopped and kept installed, and the burn-in begins. The same command goes on with a run that stopped half-way.';
  static override flags = {
    ...phaseFlags,
    done: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PUBLISHER',
      description: 'This publisher has no settings and was changed by hand; kept in the journal.',
    }),
  };
  static override examples = [
    '<%= config.bin %> phase3 cutover --dry-run',
    '<%= config.bin %> phase3 cutover --yes',
    '<%= config.bin %> phase3 cutover --yes --done edge-agent',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Phase3Cutover);
    return this.begin('phase3-cutover', flags);
  }
}
