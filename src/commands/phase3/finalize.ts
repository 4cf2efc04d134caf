import type { Answer } from '../../cli/answer.js';
import { PhaseCommand, phaseFlags } from '../../cli/phase-command.js';

export default class Phase3Finalize extends PhaseCommand {
  static override summary = 'Archive the source bus, after the burn-in.';
  static override description =
    'Moves its code by git and marks the documents in one commit, removes its unit and keeps it for a rollback. The same command goes on with a run that stopped half-way.';
  static override flags = phaseFlags;
  static override examples = [
    '<%= config.bin %> phase3 finalize --dry-run',
    '<%= config.bin %> phase3 finalize --yes',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Phase3Finalize);
    return this.begin('phase3-finalize', flags);
  }
}
