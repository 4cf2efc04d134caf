import { createInterface } from 'node:readline';
import { OrionError } from '../problems/index.js';
import { type Page, printable } from '../report/index.js';
import { renderPage } from '../ui/index.js';
import type { Answer } from './answer.js';
import { interrupted } from './interruption.js';
import { lookOf } from './output.js';
import type { Surroundings } from './surroundings.js';

/** A plan that has to be agreed to before anything is changed. */
export interface Proposal {
  /** The plan for machines, the member `plan` of the document. */
  readonly plan: unknown;
  /** Further members of the document of a dry run or a refusal, such as `gates`. */
  readonly more?: object;
  readonly page: Page;
  /** Answered by yes or no, such as `Move memory to go?` */
  readonly question: string;
  /** The command as typed, for the hint; `--yes` is added to it, before a `--` of its own. */
  readonly command: string;
}

export interface ConfirmationFlags {
  readonly yes: boolean;
  readonly json: boolean;
  readonly 'dry-run'?: boolean;
  readonly 'no-color'?: boolean;
}

/**
 * Shows a plan and asks, once. `--dry-run` stops here with 0; `--yes` answers; without a terminal,
 * or with `--json`, nobody can be asked, and the answer is the plan and `confirmation.needed`.
 * @returns null to go on, else what the command has to answer
 * @throws {OrionError} `confirmation.declined`; `interrupted` by Ctrl-C at the question
 */
export async function confirmation(
  proposal: Proposal,
  flags: ConfirmationFlags,
  surroundings: Surroundings,
): Promise<Answer | null> {
  const { page } = proposal;
  const document = { plan: proposal.plan, ...proposal.more };
  if (flags['dry-run'] === true) return { document, page };
  const { stdin, stderr } = surroundings;
  const asks = !flags.yes && !flags.json && stdin.isTTY && stderr.isTTY;
  if (!flags.yes && !asks) return { document, page, problem: needed(proposal) };

  const look = lookOf(surroundings, 'stderr', flags['no-color'] !== true);
  stderr.write(renderPage(page, look));
  if (flags.yes || (await ask(proposal.question, surroundings))) return null;
  throw new OrionError({
    kind: 'confirmation',
    code: 'confirmation.declined',
    message: 'Not confirmed.',
    hint: 'Nothing was changed.',
    next: [proposal.command],
  });
}

function needed({ command }: Proposal): OrionError {
  return new OrionError({
    kind: 'confirmation',
    code: 'confirmation.needed',
    message: 'This changes things and was not confirmed: there is nobody to ask.',
    hint: 'Nothing was changed. Look at the plan, then say --yes.',
    next: [withYes(command)],
  });
}

/** Behind ` -- ` the words are another program's. */
function withYes(command: string): string {
  const at = command.indexOf(' -- ');
  return at === -1 ? `${command} --yes` : `${command.slice(0, at)} --yes${command.slice(at)}`;
}

/** Anything but a clear yes is a no, and so is the end of the input. */
async function ask(question: string, { stdin, stderr }: Surroundings): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr, terminal: true });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      prompt.once('close', () => resolve(false));
      // readline takes Ctrl-C for itself while it reads: no signal reaches the process.
      prompt.once('SIGINT', () => reject(interrupted('Ctrl-C')));
      prompt.question(`${printable(question)} [y/N] `, (reply) => {
        resolve(/^\s*y(es)?\s*$/i.test(reply));
      });
    });
  } finally {
    prompt.close();
  }
}
