import { constants } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../problems/index.js';
import { Refusal } from './refusal.js';

/** A settings file as it was found. */
export interface SettingsFile {
  /** As the configuration names it. */
  readonly file: string;
  /** What it is once links are followed. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: number;
  readonly links: number;
}

/** A settings file is written by hand; a larger one is a mistake in the configuration. */
const MAX_BYTES = 2 ** 20;

/** @throws Refusal where it is missing, no regular file, too large or not to be read. */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  try {
    const path = await realpath(file);
    const facts = await stat(path);
    // Before it is opened: opening a pipe would wait for its other end.
    if (!facts.isFile()) throw new Refusal('not-a-file', `${file} is not a regular file`);
    if (facts.size > MAX_BYTES)
      throw new Refusal('not-a-file', `${file} is larger than ${MAX_BYTES} bytes`);
    const { mode, uid, gid, ino: inode, nlink: links } = facts;
    return { file, path, bytes: await readFile(path), mode: mode & 0o7777, uid, gid, inode, links };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (codeOf(error) === 'ENOENT')
      throw new Refusal('missing-file', `${file} does not exist, or is a link to nothing`);
    throw new Refusal('unreadable', `${file} cannot be read (${messageOf(error)})`);
  }
}

/**
 * Whether the file can be replaced so that nothing but its content changes. Root may write where
 * every write bit is off; here that still means: hands off.
 * @throws Refusal saying what stands in the way.
 */
export async function assertReplaceable(found: SettingsFile): Promise<void> {
  const { file, path, mode, uid, gid, links } = found;
  const refuse = (why: string): Refusal => new Refusal('read-only', `${file} ${why}`);
  if ((mode & 0o222) === 0) throw refuse(`is read-only (mode ${octal(mode)})`);
  if (links > 1)
    throw refuse(`has ${links} hard links, and only one of them would get the new value`);
  const self = process.geteuid?.();
  if (self !== 0 && self !== uid)
    throw refuse(`belongs to user ${uid}, and only that user or root can keep it so`);
  if (self !== 0 && gid !== process.getegid?.() && !process.getgroups?.().includes(gid))
    throw refuse(`belongs to group ${gid}, and only a member or root can keep it so`);
  await access(path, constants.W_OK).catch((error) => {
    throw refuse(`cannot be written (${messageOf(error)})`);
  });
  const directory = dirname(path);
  const { mode: directoryMode } = await stat(directory);
  if ((directoryMode & 0o222) === 0)
    throw refuse(`is in a read-only directory (${directory}, mode ${octal(directoryMode)})`);
  await access(directory, constants.W_OK | constants.X_OK).catch((error) => {
    throw refuse(`is in a directory that cannot be written (${messageOf(error)})`);
  });
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
