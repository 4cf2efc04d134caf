import { open, rename, rm } from 'node:fs/promises';
import { messageOf, OrionError } from '../problems/index.js';

/**
 * Writes a file whole or not at all: whoever reads it meanwhile sees the old one.
 * @param mode its permissions, whatever the umask says
 * @throws {OrionError} `output.unwritable`
 */
export async function writeWhole(path: string, text: string, mode?: number): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, 'w', 0o644);
    try {
      await file.writeFile(text);
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new OrionError({
      kind: 'prerequisite',
      code: 'output.unwritable',
      message: `${path} could not be written: ${messageOf(error)}`,
      hint: 'Nothing was changed; a file that was there before is as it was.',
      cause: error,
    });
  }
}
