import { stripVTControlCharacters } from 'node:util';

const LONGEST = 300;

/**
 * The last line that says something, fit for one line of a message: without colours, control
 * characters and characters that turn the direction of writing.
 * @returns null when there is none
 */
export function lastLine(output: string): string | null {
  const lines = stripVTControlCharacters(output)
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '').trim())
    .filter((line) => line !== '');
  const last = lines.at(-1);
  if (last === undefined) return null;
  return last.length > LONGEST ? `${last.slice(0, LONGEST)}…` : last;
}

/** Foreign words at the end of a sentence of ours: with one full stop, whether they bring one or not. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
