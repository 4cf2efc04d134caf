import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OrionError } from '../problems/index.js';
import { runCommand } from '../services/index.js';
import { SOURCE_CODE } from './host-config.js';

const GIT_TIMEOUT_MS = 10_000;

/**
 * Makes a git repository that holds what stands for the code of the source bus.
 * @returns false where there is no git on this system: then nothing can be archived
 */
export async function makeRepository(directory: string): Promise<boolean> {
  const git = (...words: readonly string[]) =>
    runCommand(['git', '-C', directory, ...words], { timeoutMs: GIT_TIMEOUT_MS });
  try {
    await runCommand(['git', '--version'], { timeoutMs: GIT_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof OrionError) return false;
    throw error;
  }
  const code = join(directory, SOURCE_CODE.path, 'bus.py');
  mkdirSync(dirname(code), { recursive: true });
  writeFileSync(code, '# The source bus of the rehearsal.\n');
  writeFileSync(join(directory, SOURCE_CODE.document), '# The buses\n');
  await git('init', '--quiet');
  await git('config', 'user.name', 'rehearsal');
  await git('config', 'user.email', 'rehearsal@localhost');
  await git('add', '--all');
  const { exitCode } = await git('commit', '--quiet', '--message', 'The source bus');
  return exitCode === 0;
}
