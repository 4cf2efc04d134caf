import { shellWord } from '../config/index.js';
import type { Changing } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import { BaseCommand } from './base-command.js';
import type { ConfirmationFlags, Proposal } from './confirmation.js';
import type { Interruption } from './interruption.js';
import type { Progress } from './progress.js';
import type { Session, SessionFlags } from './session.js';

/** What the small changing verbs need of a command. */
export interface Changer {
  readonly session: Session;
  readonly host: Changing;
  readonly confirmed: (proposal: Proposal) => Promise<Answer | null>;
  /** Told that changes begin: from here on the first signal lets what is under way come to its end. */
  readonly begins: () => Interruption;
  readonly progress: (title: string, total: number) => Progress;
  /** The command line again, for copying. */
  readonly typed: string;
}

/** A command that takes the lease for a change that is no run. */
export abstract class ChangerCommand extends BaseCommand {
  protected async changer(flags: SessionFlags & ConfirmationFlags): Promise<Changer> {
    const session = await this.session(flags);
    const { clock } = this.surroundings;
    const words = (this.id ?? '').split(':').concat(this.argv.filter((word) => word !== '--yes'));
    return {
      session,
      host: {
        plan: session.config,
        redis: await session.redis(),
        clock,
        onWait: ({ host, verb }, remainingMs) =>
          this.say(
            `${host} holds the lease (${verb}); waiting ${Math.ceil(remainingMs / 1_000)} s`,
          ),
      },
      confirmed: (proposal) => this.confirmed(proposal, flags),
      begins: () => this.takeInterruption(),
      progress: (title, total) => this.progress(title, total),
      typed: [this.config.bin, ...words].map(shellWord).join(' '),
    };
  }
}
