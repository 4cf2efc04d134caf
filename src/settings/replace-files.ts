import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, OrionError } from '../problems/index.js';
import { Refusal } from './refusal.js';
import { readSettingsFile, type SettingsFile } from './settings-file.js';

/*
 * Several files are replaced all or none. Both versions of every file are written and on disk
 * before the first is renamed into place, so that from then on neither a full disk nor a missing
 * right can stop the way forward, nor the way back, which is a rename too.
 * The two stand beside the file, hidden, under fixed names: what a killed process left is replaced
 * by the next. Access control lists and extended attributes are not carried over.
 */

export interface Replacement {
  readonly found: SettingsFile;
  readonly bytes: Buffer;
}

/** @throws OrionError after everything was put back, or naming what could not be. */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const replaced: Replacement[] = [];
  const keep = new Set<string>();
  try {
    for (const { found, bytes } of replacements) {
      await writeBeside(newName(found), found, bytes);
      await writeBeside(oldName(found), found, found.bytes);
    }
    for (const replacement of replacements) {
      const { found } = replacement;
      await assertUnchanged(found);
      await rename(newName(found), found.path);
      replaced.push(replacement);
      await syncDirectory(found);
    }
  } catch (error) {
    for (const { found } of await putBack(replaced)) keep.add(oldName(found));
    throw failure(error, [...keep]);
  } finally {
    const names = replacements.flatMap(({ found }) => [newName(found), oldName(found)]);
    for (const name of names)
      if (!keep.has(name)) await rm(name, { force: true }).catch(() => undefined);
  }
}

const newName = ({ path }: SettingsFile): string =>
  join(dirname(path), `.${basename(path)}.orion-bus-new`);
const oldName = ({ path }: SettingsFile): string =>
  join(dirname(path), `.${basename(path)}.orion-bus-old`);

async function writeBeside(name: string, found: SettingsFile, bytes: Buffer): Promise<void> {
  await rm(name, { force: true });
  const handle = await open(name, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await giveTo(handle, found);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The owner first: a change of owner clears some bits of the mode. */
async function giveTo(handle: FileHandle, { uid, gid, mode }: SettingsFile): Promise<void> {
  const now = await handle.stat();
  if (now.uid !== uid || now.gid !== gid) await handle.chown(uid, gid);
  await handle.chmod(mode);
}

/** Somebody may have edited the file since it was read; their edit must not be lost. */
async function assertUnchanged(found: SettingsFile): Promise<void> {
  const now = await readSettingsFile(found.file);
  if (now.path !== found.path || now.inode !== found.inode || !now.bytes.equals(found.bytes))
    throw new Refusal('changed-meanwhile', `${found.file} was changed by somebody else just now`);
}

async function syncDirectory({ path }: SettingsFile): Promise<void> {
  const handle = await open(dirname(path), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns those that could not be put back. */
async function putBack(replaced: readonly Replacement[]): Promise<readonly Replacement[]> {
  const failed: Replacement[] = [];
  for (const replacement of replaced.toReversed()) {
    try {
      await rename(oldName(replacement.found), replacement.found.path);
      await syncDirectory(replacement.found);
    } catch {
      failed.push(replacement);
    }
  }
  return failed;
}

function failure(cause: unknown, kept: readonly string[]): OrionError {
  const state =
    kept.length === 0
      ? 'nothing was changed'
      : `some files have the new value; the old ones are kept as ${kept.join(', ')}`;
  return new OrionError({
    kind: 'prerequisite',
    code: cause instanceof Refusal ? cause.code : 'settings.not-written',
    message: `The settings could not be written (${messageOf(cause)}); ${state}`,
    ...(kept.length === 0
      ? {}
      : { hint: 'Move the kept files back by hand before anything else.' }),
    next: ['orion-bus status'],
    cause,
  });
}
