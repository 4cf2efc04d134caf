import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { baselineAnswer } from '../cli/baseline-answer.js';
import { durationFlag } from '../cli/duration-flag.js';

export default class Baseline extends BaseCommand {
  static override summary = 'Capture the figures of the source bus, to compare with later.';
  static override description =
    'Looks at memory, latencies, error rates, lag and message rates for a while and stores them in the state directory, in place of an earlier baseline. Changes nothing else. Take it while the source bus carries its ordinary traffic.';
  static override flags = {
    for: durationFlag({ default: 60_000, description: 'How long to look; 60s when left out.' }),
  };
  static override examples = [
    '<%= config.bin %> baseline',
    '<%= config.bin %> baseline --for 10m --json',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Baseline);
    return baselineAnswer(await this.session(flags), {
      durationMs: flags.for,
      signal: this.surroundings.interruption.takeSignal(),
      say: (text) => this.say(text),
    });
  }
}
