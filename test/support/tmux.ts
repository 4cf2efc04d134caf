import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { until } from './until.js';

/** Whether there is a tmux to see screens with; tests that need one are skipped otherwise. */
export const hasTmux = execaSync('tmux', ['-V'], { reject: false }).exitCode === 0;

/** A terminal of a test's own: what it shows is what an operator would see. */
export interface Terminal {
  /** Names of keys as tmux has them, such as `Enter`; each on its own, as a person presses them. */
  press(...keys: readonly string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** The screen now, without spaces at the ends of lines. */
  screen(): Promise<string>;
  /** The screen as soon as it holds all of these texts. */
  shows(...texts: readonly (string | RegExp)[]): Promise<string>;
  /** The screen as soon as it does not hold the text any more. */
  loses(text: string): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  close(): Promise<void>;
}

/** @param line what a shell runs in it */
export async function openTerminal(
  line: string,
  { columns, rows, env }: { columns: number; rows: number; env: Readonly<Record<string, string>> },
): Promise<Terminal> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-tmux-'));
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const all = ['-S', join(directory, 'socket'), '-f', '/dev/null', ...words];
    return (await execa('tmux', all, { extendEnv: false, env: { LC_ALL: 'C.UTF-8', ...env } }))
      .stdout;
  };
  await tmux('-u', 'new-session', '-d', '-x', String(columns), '-y', String(rows), line);
  const screen = async (): Promise<string> =>
    (await tmux('capture-pane', '-p')).replaceAll(/ +$/gm, '').trimEnd();
  const waitFor = async (holds: (text: string) => boolean): Promise<string> => {
    let last = '';
    try {
      await until(async () => {
        last = await screen();
        return holds(last);
      });
    } catch {
      throw new Error(`the screen never came to that:\n${last}`);
    }
    return last;
  };
  return {
    async press(...keys) {
      for (const key of keys) {
        await tmux('send-keys', key);
        // Escape and what follows at once would be one key to a terminal.
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    },
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    screen,
    shows: (...texts) =>
      waitFor((shown) =>
        texts.every((text) => (typeof text === 'string' ? shown.includes(text) : text.test(shown))),
      ),
    loses: (text) => waitFor((shown) => !shown.includes(text)),
    resize: async (columns, rows) =>
      void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
    async close() {
      await tmux('kill-server').catch(() => '');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
