import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, OrionError } from '../problems/index.js';
import type { Surroundings } from './surroundings.js';

/** What a command was given to read, and how to call it. */
export interface Input {
  /** The file as named, or `standard input`. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads a whole file, or standard input for `-`.
 * @throws {OrionError} `input.unreadable`; `input.not-text` for bytes that are no UTF-8
 */
export async function readInput(path: string, surroundings: Surroundings): Promise<Input> {
  const name = path === '-' ? 'standard input' : path;
  try {
    const bytes =
      path === '-' ? await readAll(surroundings) : await readFile(resolve(surroundings.cwd, path));
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    const notText = error instanceof TypeError;
    throw new OrionError({
      kind: notText ? 'validation' : 'usage',
      code: notText ? 'input.not-text' : 'input.unreadable',
      message: notText
        ? `${name} is not UTF-8 text.`
        : `${name} cannot be read: ${messageOf(error)}`,
      hint: 'Nothing was done.',
      cause: error,
    });
  }
}

async function readAll({ stdin, stderr, interruption }: Surroundings): Promise<Buffer> {
  if (stdin.isTTY) stderr.write('Reading from the terminal; end with Ctrl-D.\n');
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) {
    if (interruption.requested() !== 'none') break;
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
