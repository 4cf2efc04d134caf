import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { lookOf } from '../cli/output.js';
import { rehearsalDrill } from '../cli/rehearsal-drill.js';
import { rehearseAnswer } from '../cli/rehearse-answer.js';
import { runbooksFlags } from '../cli/runbook-folders.js';
import { DEFAULT_RATE, FAULTS } from '../rehearsal/index.js';

export default class Rehearse extends BaseCommand {
  static override summary = 'Rehearse the migration against a throw-away Redis.';
  static override description =
    'Starts a private Redis server, stand-in modules, publishers and a target bus, moves every module under traffic, takes all back, moves them again, and holds every message published against every message handled. Nothing of this host is touched.';
  static override flags = {
    ...runbooksFlags,
    rate: Flags.integer({
      min: 1,
      max: 5_000,
      default: DEFAULT_RATE,
      helpValue: 'N',
      description: 'Messages a second from the publishers.',
    }),
    seed: Flags.string({
      default: 'orion',
      helpValue: 'TEXT',
      description: 'What the content of the messages grows from.',
    }),
    keep: Flags.boolean({ description: 'Keep logs, ledger, journal and configuration.' }),
    fault: Flags.option({
      options: FAULTS,
      description: 'What goes wrong while each module is moved for the first time.',
    })(),
  };
  static override examples = [
    '<%= config.bin %> rehearse',
    '<%= config.bin %> rehearse --rate 500 --seed tuesday --keep',
    {
      description: 'A fire drill: the tool is killed in every migration',
      command: '<%= config.bin %> rehearse --fault kill-tool',
    },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Rehearse);
    const { clock, env, temporary, stderr } = this.surroundings;
    const look = lookOf(this.surroundings, 'stderr', !flags['no-color']);
    return rehearseAnswer(
      {
        openDrill: rehearsalDrill(await this.runbooks(flags), clock),
        keep: flags.keep,
        fault: flags.fault ?? null,
        rate: flags.rate,
        seed: flags.seed,
        packageRoot: this.config.root,
        temporary,
        path: env['PATH'] ?? '',
        clock,
        signal: this.surroundings.interruption.takeSignal(),
      },
      { stream: stderr, colour: look.colour },
    );
  }
}
