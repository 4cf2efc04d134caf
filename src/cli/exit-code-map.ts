import { EXIT_CODES } from '../problems/index.js';
import { line, type Page } from '../report/index.js';

/** The map of exit codes in the order of the codes, as help, topic and README show it. */
export const EXIT_CODE_ROWS: readonly (readonly [code: string, meaning: string])[] =
  Object.entries(EXIT_CODES);

export function exitCodePage(): Page {
  return EXIT_CODE_ROWS.map(([code, meaning]) => line(`${code.padEnd(3)}  ${meaning}`));
}

/** What the README shows between `<!-- exit-codes -->` and `<!-- /exit-codes -->`. */
export function exitCodeMarkdown(): string {
  const rows = EXIT_CODE_ROWS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}
