import { readFile } from 'node:fs/promises';

/** The text of a file, or in words why it cannot be read. */
export type TextReading =
  | { readonly text: string }
  | { readonly text: null; readonly missing: boolean; readonly why: string };

export async function readText(path: string): Promise<TextReading> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    const missing = hasCode(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    return { text: null, missing, why: codeOf(error) };
  }
}

/** Why the system refused, in words; never the content of anything. */
export function codeOf(error: unknown): string {
  if (!hasCode(error)) return 'unreadable';
  return WORDS[error.code] ?? error.code;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'a loop of links',
};

function hasCode(error: unknown): error is { readonly code: string } {
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
  );
}
