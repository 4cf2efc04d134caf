import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { changeFlags, leaseFlags } from '../cli/flags.js';
import { rollbackAnswer } from '../cli/move-answers.js';
import { MoverCommand } from '../cli/mover-command.js';
import { phaseAnswer } from '../cli/phase-answers.js';
import { runbooksFlags } from '../cli/runbook-folders.js';
import { OrionError } from '../problems/index.js';

export default class Rollback extends MoverCommand {
  static override summary =
    'Put everything back on the source bus, exactly; allowed in every state.';
  static override description =
    'Of phase 2 to the parallel operation, of phases 1 and 3 to before it. The source bus comes up first, then each service goes back once, the last moved first; one that fails does not keep the others, and the same command goes on with it. With --module only that one goes back.';
  static override flags = {
    ...changeFlags,
    ...leaseFlags,
    ...runbooksFlags,
    phase: Flags.option({
      required: true,
      options: ['1', '2', '3'] as const,
      description: 'Which phase is taken back.',
    })(),
    module: Flags.string({ helpValue: 'NAME', description: 'Only this module; of phase 2.' }),
    done: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PUBLISHER',
      description: 'This publisher has no settings and was changed back by hand.',
    }),
    side: Flags.option({
      options: ['source', 'target'] as const,
      description: 'The side it reads on, where neither readers nor settings can tell.',
    })(),
    'accept-duplicates': Flags.integer({
      min: 0,
      default: 0,
      helpValue: 'N',
      description: 'How many messages may be repeated where the giving group is gone.',
    }),
  };
  static override examples = [
    '<%= config.bin %> rollback --phase 2 --module memory',
    '<%= config.bin %> rollback --phase 2 --yes',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Rollback);
    const request = {
      takeOver: flags['take-over'] ? ('now' as const) : ('none' as const),
      options: {
        start: false,
        missingGroup: null,
        acceptDuplicates: flags['accept-duplicates'],
        overrides: new Map(),
      },
    };
    const { module, phase, side } = flags;
    if (module !== undefined) expectPhase2(phase);
    const mover = await this.mover(flags);
    if (module !== undefined)
      return rollbackAnswer(mover, { ...request, module, side: side ?? null });
    return phaseAnswer(mover, { ...request, verb: VERBS[phase], doneByHand: new Set(flags.done) });
  }
}

const VERBS = { 1: 'rollback-phase1', 2: 'rollback-phase2', 3: 'rollback-phase3' } as const;

function expectPhase2(phase: '1' | '2' | '3'): void {
  if (phase === '2') return;
  throw new OrionError({
    kind: 'usage',
    code: 'rollback.module',
    message: `--module goes with --phase 2 only: the way back of phase ${phase} takes everything.`,
    hint: 'Nothing was changed.',
    next: [`orion-bus rollback --phase ${phase}`],
  });
}
