import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The file an operator wrote for a unit, and could remove. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

/** Where units of an operator's own stand; what a package brought stands elsewhere. */
export function unitDirectory(scope: 'system' | 'user'): string {
  return scope === 'system' ? '/etc/systemd/system' : join(homedir(), '.config/systemd/user');
}

export async function readUnitFile(path: string): Promise<UnitFile | null> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all: systemd may read it at any moment. */
export async function writeUnitFile({ path, text }: UnitFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.orion-bus-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
