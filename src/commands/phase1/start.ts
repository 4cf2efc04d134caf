import type { Answer } from '../../cli/answer.js';
import { PhaseCommand, phaseFlags } from '../../cli/phase-command.js';

export default class Phase1Start extends PhaseCommand {
  static override summary = 'Start the target bus beside the source bus, and begin the first soak.';
  static override description =
    'Goes through the checklist, shows the plan, asks, and starts the target bus; proves that it answers and only observes. What fails after the first change is taken back by itself.';
  static override flags = phaseFlags;
  static override examples = [
    '<%= config.bin %> phase1 start --dry-run',
    '<%= config.bin %> phase1 start --yes',
    '<%= config.bin %> phase1 start --override checklist --reason "built on another host"',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Phase1Start);
    return this.begin('phase1-start', flags);
  }
}
