import { OrionError } from '../problems/index.js';
import { type CheckName, unchecked } from '../report/index.js';
import type { Answer } from './answer.js';
import { BaseCommand } from './base-command.js';
import type { Format } from './command-index.js';

interface CheckFlags {
  readonly json: boolean;
  readonly format?: Format | undefined;
  readonly outfile?: string | undefined;
  readonly 'outfile-mode'?: number | undefined;
}

/** What a command is that checks something and answers in every format. */
export abstract class CheckCommand extends BaseCommand {
  /**
   * Carries out a check, and sends its answer where the flags say. A check that cannot be carried out
   * has an answer too: monitoring must hear of it, and a file must not go on saying that all is well.
   * @throws {OrionError} `usage.format` for two formats at once, and any problem that is not the host's
   */
  protected async checked(
    name: CheckName,
    flags: CheckFlags,
    check: () => Promise<Answer>,
  ): Promise<Answer> {
    if (flags.json && flags.format !== undefined && flags.format !== 'json') throw twoFormats(name);
    const mode = flags['outfile-mode'] ?? READABLE_BY_ALL;
    const outfile =
      flags.outfile === undefined ? undefined : { path: this.path(flags.outfile), mode };
    try {
      return { ...(await check()), outfile };
    } catch (error) {
      if (!(error instanceof OrionError) || error.exitCode > 4) throw error;
      const { next } = error;
      return {
        document: {},
        page: [],
        problem: error,
        next,
        check: unchecked(name, error),
        outfile,
      };
    }
  }
}

/** The textfile collector of node_exporter runs as a user of its own. */
const READABLE_BY_ALL = 0o644;

function twoFormats(name: CheckName): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'usage.format',
    message: 'Two formats were asked for: --json is one of its own.',
    hint: 'Nothing was done.',
    next: [`orion-bus ${name} --help`],
  });
}
