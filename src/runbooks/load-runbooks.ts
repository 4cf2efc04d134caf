import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OrionError } from '../problems/index.js';
import type { Runbook } from './runbook.js';
import { RunbookError, type RunbookProblem } from './runbook-error.js';

export interface RunbookFolders {
  /** The folder that comes with orion-bus. */
  readonly shipped: string;
  /** The operator's own: adds runbooks, and overrides shipped ones of the same id. */
  readonly extra?: string;
}

/**
 * Reads every `*.md` of the folders except README.md.
 * @returns the runbooks by id, in the order of the ids
 * @throws {RunbookError} with all that is wrong in all files; {OrionError} `runbook.unreadable`
 */
export async function loadRunbooks(folders: RunbookFolders): Promise<ReadonlyMap<string, Runbook>> {
  const problems: RunbookProblem[] = [];
  const shipped = await loadFolder(folders.shipped, problems);
  const extra = folders.extra === undefined ? [] : await loadFolder(folders.extra, problems);
  if (problems.length > 0) throw new RunbookError(problems);
  const byId = new Map([...shipped, ...extra].map((runbook) => [runbook.id, runbook]));
  return new Map([...byId].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function loadFolder(folder: string, problems: RunbookProblem[]): Promise<readonly Runbook[]> {
  // Reading Markdown is much code, which only those load who read a runbook.
  const { parseRunbook } = await import('./parse-runbook.js');
  const names = await readOrRefuse(folder, () => readdir(folder));
  const runbooks: Runbook[] = [];
  for (const name of names.filter(isRunbook).sort()) {
    const file = join(folder, name);
    const text = await readOrRefuse(file, () => readFile(file, 'utf8'));
    const runbook = parsed(() => parseRunbook(text, file), problems);
    const twin = runbooks.find(({ id }) => id === runbook?.id);
    if (twin !== undefined) {
      problems.push({
        file,
        line: 1,
        message: `runbook id "${twin.id}" is taken already, by ${twin.file}`,
      });
    } else if (runbook !== null) {
      runbooks.push(runbook);
    }
  }
  return runbooks;
}

function parsed(parse: () => Runbook, problems: RunbookProblem[]): Runbook | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

const isRunbook = (name: string): boolean =>
  name.endsWith('.md') && name.toLowerCase() !== 'readme.md';

async function readOrRefuse<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new OrionError({
      kind: 'config',
      code: 'runbook.unreadable',
      message: `${path} cannot be read: ${messageOf(error)}`,
      hint: 'Nothing has been changed. Check the path and its permissions.',
      next: ['orion-bus runbooks list'],
      cause: error,
    });
  }
}
