import { OrionError } from '../problems/index.js';
import { runCommand } from '../services/index.js';

const TIMEOUT_MS = 60_000;

/**
 * Runs git in a working tree.
 * @returns what it printed, without the end of its last line
 * @throws {OrionError} `git.failed` with what it said
 */
export async function git(
  repository: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const result = await runCommand(['git', '-C', repository, ...args], {
    // Its words are read here, and it must never wait for somebody to type.
    env: { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true' },
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  if (result.exitCode === 0) return result.stdout.replace(/\n$/, '');
  const said = `${result.stderr}\n${result.stdout}`.trim().split('\n')[0] ?? '';
  throw new OrionError({
    kind: 'prerequisite',
    code: 'git.failed',
    message: `git ${args[0] ?? ''} in ${repository} failed: ${said || `exit code ${result.exitCode}`}.`,
    hint: 'Look at the working tree.',
    next: [`git -C ${repository} status`],
  });
}
