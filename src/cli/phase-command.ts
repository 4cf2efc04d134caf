import { Flags } from '@oclif/core';
import { overridesOf } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import { changeFlags, leaseFlags } from './flags.js';
import { MoverCommand } from './mover-command.js';
import { phaseAnswer } from './phase-answers.js';
import { runbooksFlags } from './runbook-folders.js';

/** The flags of the forward verbs about the whole migration. */
export const phaseFlags = {
  ...changeFlags,
  ...leaseFlags,
  ...runbooksFlags,
  override: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'GATE',
    description: 'Pass this gate by name; needs --reason, and is kept in the journal.',
  }),
  reason: Flags.string({
    helpValue: 'TEXT',
    description: 'Why, for --override and --take-over.',
  }),
};

/** A forward verb about the whole migration. */
export abstract class PhaseCommand extends MoverCommand {
  protected async begin(
    verb: 'phase1-start' | 'phase3-cutover' | 'phase3-finalize',
    flags: Parameters<MoverCommand['mover']>[0] & {
      readonly override?: string[] | undefined;
      readonly reason?: string | undefined;
      readonly 'take-over': boolean;
      readonly done?: string[] | undefined;
    },
  ): Promise<Answer> {
    const reason = flags.reason ?? null;
    return phaseAnswer(await this.mover(flags), {
      verb,
      takeOver: flags['take-over'] && reason !== null ? { reason } : 'none',
      doneByHand: new Set(flags.done ?? []),
      options: {
        start: false,
        missingGroup: null,
        acceptDuplicates: 0,
        overrides: overridesOf(flags.override ?? [], reason),
      },
    });
  }
}
