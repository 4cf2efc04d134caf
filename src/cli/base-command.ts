import { join, resolve } from 'node:path';
import { Command, type Interfaces } from '@oclif/core';
import type { Runbook } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import { type ConfirmationFlags, confirmation, type Proposal } from './confirmation.js';
import { globalFlags } from './flags.js';
import type { Interruption } from './interruption.js';
import { PagedOutput } from './paged-output.js';
import { Progress } from './progress.js';
import { Session, type SessionFlags } from './session.js';
import type { Surroundings } from './surroundings.js';
import { usageError } from './usage-error.js';

/**
 * What every command is. A command parses, calls one function, and returns its answer; printing,
 * exit codes, errors and signals are `main`'s, and closing what was opened is done here.
 *
 * oclif finds the class and parses for it; it does not run it, so its own printing and its own exit
 * code for wrong usage have no way out.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;

  #surroundings: Surroundings | null = null;
  readonly #sessions: Session[] = [];

  abstract override run(): Promise<Answer>;

  /** Runs the command in the given surroundings, and closes what it opened. */
  async answer(surroundings: Surroundings): Promise<Answer> {
    this.#surroundings = surroundings;
    try {
      return await this.run();
    } finally {
      for (const session of this.#sessions.reverse()) await session.close();
    }
  }

  protected get surroundings(): Surroundings {
    if (this.#surroundings === null) throw new Error('A command runs by answer(), not by run().');
    return this.#surroundings;
  }

  /** The configuration and, once asked for, everything behind it; closed when the command ends. */
  protected async session(flags: SessionFlags): Promise<Session> {
    const session = await Session.open({
      flags,
      surroundings: this.surroundings,
      packageRoot: this.config.root,
    });
    this.#sessions.push(session);
    return session;
  }

  /** The shipped runbooks, and those of `--runbooks`. @throws {RunbookError} with all that is wrong */
  protected async runbooks(flags: {
    runbooks?: string | undefined;
  }): Promise<ReadonlyMap<string, Runbook>> {
    // Loaded by who needs it: the runbooks bring nearly every room of the house with them.
    const { loadRunbooks } = await import('../runbooks/index.js');
    const shipped = join(this.config.root, 'runbooks');
    return loadRunbooks(
      flags.runbooks === undefined ? { shipped } : { shipped, extra: this.path(flags.runbooks) },
    );
  }

  /** From here on the first signal does not end the process: the command ends by itself, soon. */
  protected takeInterruption(): Interruption {
    return this.surroundings.interruption.take();
  }

  /** See `confirmation`: null to go on, else the answer to return. */
  protected async confirmed(proposal: Proposal, flags: ConfirmationFlags): Promise<Answer | null> {
    return confirmation(proposal, flags, this.surroundings);
  }

  /** For an answer that is printed while it is being found. */
  protected paged(flags: { readonly json: boolean; readonly 'no-color'?: boolean }): PagedOutput {
    return new PagedOutput(this.surroundings, {
      format: flags.json ? 'json' : 'text',
      colour: flags['no-color'] !== true,
    });
  }

  protected progress(title: string, total: number): Progress {
    return new Progress(this.surroundings.stderr, this.surroundings.clock, title, total);
  }

  /** A path that was typed, from where the command was started. */
  protected path(typed: string): string {
    return resolve(this.surroundings.cwd, typed);
  }

  /** A line about what goes on, on standard error. */
  protected say(text: string): void {
    this.surroundings.stderr.write(`${text}\n`);
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(
    options?: Interfaces.Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    // oclif would take standard input for an argument that is missing.
    for (const arg of Object.values(options?.args ?? {})) arg.ignoreStdin = true;
    try {
      return await super.parse(options, argv);
    } catch (thrown) {
      throw usageError(thrown, {
        words: `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`.trim(),
        flags: Object.keys({ ...options?.baseFlags, ...options?.flags }),
      });
    }
  }
}
