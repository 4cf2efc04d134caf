import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchivePlan } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { changingPhaseKind, lookingPhaseKind } from './define-step.js';
import { git } from './git.js';
import type { PhaseContext } from './step-context.js';

/*
 * The code of the source bus is kept, under another name: one commit moves it and marks the documents.
 * The commit carries the id of its run as a trailer, so that a run that was killed knows its own.
 *
 *   untouched --mark, git mv--> staged --commit--> archived --git revert--> untouched
 *
 * Every arrow can be done again, and a conflict of the revert leaves the working tree as it was.
 */

export const archiveReady = lookingPhaseKind({
  name: 'archive-ready',
  summary: 'The repository holds what is to be archived, and its working tree is clean.',
  nature: 'check',
  describe: ({ plan }) =>
    plan.archive === null
      ? 'nothing is configured to be archived'
      : `look at the working tree of ${plan.archive.repository}`,
  async look({ plan, run, signal }) {
    const { archive } = plan;
    if (archive === null) return { configured: false };
    // What the archiving itself has left half-done it goes on with.
    if (run.earlier.intent('archive') !== null) return { configured: true, begun: true };
    const { repository } = archive;
    const changed = await git(repository, ['status', '--porcelain'], signal);
    if (changed !== '') throw notClean(repository);
    if (!(await isThere(repository, archive.path)) && !(await isThere(repository, archive.to))) {
      throw missing(repository, archive.path);
    }
    for (const document of archive.documents) {
      if (!(await isThere(repository, document))) throw missing(repository, document);
    }
    return { configured: true };
  },
});

/** Guide, phase 3, day 8: archived, not deleted; documents say so. */
export const archive = changingPhaseKind({
  name: 'archive',
  summary: 'Moves the code of the source bus by git, marks the documents, and commits both.',
  plan: async ({ plan }) =>
    plan.archive === null
      ? []
      : [
          ...plan.archive.documents.map((document) => `mark ${document} as deprecated`),
          `git mv ${plan.archive.path} ${plan.archive.to} in ${plan.archive.repository}, and commit`,
        ],
  async capture({ plan, signal }) {
    if (plan.archive === null) return {};
    return { head: await git(plan.archive.repository, ['rev-parse', 'HEAD'], signal) };
  },
  async satisfied({ plan, run, signal }) {
    if (plan.archive === null) return 'yes';
    const { repository, path, to } = plan.archive;
    if ((await ownCommit(repository, run.id, signal)) !== null) return 'yes';
    // Somebody has done it before: what is archived already is not archived again.
    const before = run.earlier.intent('archive') === null;
    return before && !(await isThere(repository, path)) && (await isThere(repository, to))
      ? 'yes'
      : 'no';
  },
  async apply({ plan, run, signal }) {
    if (plan.archive === null) return { archived: false };
    const { repository, path, to, message } = plan.archive;
    const documents = await mark(plan.archive);
    if (await isThere(repository, path)) await git(repository, ['mv', '--', path, to], signal);
    await git(repository, ['add', '--', ...documents, to], signal);
    await git(repository, ['commit', '-m', message, '-m', `${TRAILER}: ${run.id}`], signal);
    return { archived: true, commit: await git(repository, ['rev-parse', 'HEAD'], signal) };
  },
});

/** Going back takes the commit back by another one; what git cannot do alone is left to the operator. */
export const archiveBack = changingPhaseKind({
  name: 'archive-back',
  summary: 'Reverts the commit that archived the source bus.',
  async plan(context) {
    const commit = await commitToRevert(context);
    return commit === null ? [] : [`git revert ${commit.slice(0, 12)}`];
  },
  capture: async () => ({}),
  satisfied: async (context) => ((await commitToRevert(context)) === null ? 'yes' : 'no'),
  async apply(context) {
    const { plan, signal } = context;
    const commit = await commitToRevert(context);
    if (plan.archive === null || commit === null) return { reverted: false };
    const { repository } = plan.archive;
    try {
      await git(repository, ['revert', '--no-edit', commit], signal);
      return { reverted: true, commit: await git(repository, ['rev-parse', 'HEAD'], signal) };
    } catch (error) {
      await git(repository, ['revert', '--abort'], signal).catch(() => undefined);
      throw notReverted(repository, commit, error);
    }
  },
});

const TRAILER = 'Orion-Bus-Run';

/** The commit of a run, or null. */
async function ownCommit(
  repository: string,
  run: string,
  signal: AbortSignal,
): Promise<string | null> {
  const found = await git(
    repository,
    ['log', '-1', '--format=%H', '--fixed-strings', `--grep=${TRAILER}: ${run}`],
    signal,
  );
  return found === '' ? null : found;
}

/** The last archiving that nobody has reverted; git itself remembers, so no journal is needed. */
async function commitToRevert({ plan, signal }: PhaseContext): Promise<string | null> {
  if (plan.archive === null) return null;
  const { repository, path, to } = plan.archive;
  if ((await isThere(repository, path)) || !(await isThere(repository, to))) return null;
  const found = await git(
    repository,
    ['log', '-1', '--format=%H', '--fixed-strings', `--grep=${TRAILER}: `, '--', path],
    signal,
  );
  return found === '' ? null : found;
}

async function mark({ repository, documents, marker }: ArchivePlan): Promise<readonly string[]> {
  for (const document of documents) {
    const file = join(repository, document);
    const text = await readFile(file, 'utf8');
    if (!text.startsWith(`${marker}\n`)) await writeFile(file, `${marker}\n\n${text}`);
  }
  return documents;
}

async function isThere(repository: string, path: string): Promise<boolean> {
  return access(join(repository, path)).then(
    () => true,
    () => false,
  );
}

function notClean(repository: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'archive.not-clean',
    message: `The working tree of ${repository} has changes that are not committed.`,
    hint: 'Nothing was changed. Commit them or put them aside: the archive is to be a commit of its own.',
    next: [`git -C ${repository} status`],
  });
}

function missing(repository: string, path: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'archive.missing',
    message: `There is no ${path} in ${repository}.`,
    hint: 'Nothing was changed. Correct archive in the configuration.',
  });
}

function notReverted(repository: string, commit: string, cause: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'archive.not-reverted',
    message: `The archiving commit ${commit.slice(0, 12)} in ${repository} cannot be reverted without a person.`,
    hint: 'The working tree is as it was, and everything else went on. Revert it by hand.',
    next: [`git -C ${repository} revert ${commit}`],
    cause,
  });
}
