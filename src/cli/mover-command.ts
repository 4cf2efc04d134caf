import { BaseCommand } from './base-command.js';
import type { ConfirmationFlags } from './confirmation.js';
import { openHost } from './host.js';
import type { Mover } from './mover.js';
import { lookOf } from './output.js';
import type { SessionFlags } from './session.js';

/** A command that carries out runbooks: it draws what goes on, and its first signal is no end. */
export abstract class MoverCommand extends BaseCommand {
  protected async mover(
    flags: SessionFlags & ConfirmationFlags & { readonly runbooks?: string | undefined },
  ): Promise<Mover> {
    const session = await this.session(flags);
    const runbooks = await this.runbooks(flags);
    const say = (text: string): void => this.say(text);
    return {
      open: (emit) => {
        const { interruption } = this.surroundings;
        return openHost(session, { runbooks, interruption, emit, say });
      },
      // Only a run ends by itself; whatever comes before it may be ended at once.
      begins: () => void this.takeInterruption(),
      confirmed: (proposal) => this.confirmed(proposal, flags),
      stderr: this.surroundings.stderr,
      colour: lookOf(this.surroundings, 'stderr', flags['no-color'] !== true).colour,
      dryRun: flags['dry-run'] === true,
      say,
    };
  }
}
