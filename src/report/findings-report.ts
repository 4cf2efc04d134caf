import type { Finding, FindingStatus } from '../problems/index.js';
import { type Line, line, type Tone } from './page.js';

/** One line a finding, and under it what to do about it where it is not a pass. */
export function findingLines(findings: readonly Finding[], indent = 0): readonly Line[] {
  return findings.flatMap((finding) => [
    line(`${WORDS[finding.status]}  ${finding.id}: ${finding.message}`, {
      tone: TONES[finding.status],
      indent,
    }),
    ...(finding.hint === undefined || finding.status === 'pass'
      ? []
      : [line(finding.hint, { tone: 'dim', indent: indent + 6 })]),
  ]);
}

/** `12 passed, 1 warning, 2 failed, 1 skipped`; what there is none of is left out. */
export function countOfFindings(findings: readonly Finding[]): string {
  const count = (status: FindingStatus): number =>
    findings.filter((finding) => finding.status === status).length;
  const warnings = count('warn');
  const parts: readonly [count: number, text: string][] = [
    [count('pass'), 'passed'],
    [warnings, warnings === 1 ? 'warning' : 'warnings'],
    [count('fail'), 'failed'],
    [count('skip'), 'skipped'],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, text]) => `${n} ${text}`);
  return said.length === 0 ? 'nothing was checked' : said.join(', ');
}

// Of one width, so that the ids stand under each other.
const WORDS: Readonly<Record<FindingStatus, string>> = {
  pass: 'ok  ',
  warn: 'warn',
  fail: 'FAIL',
  skip: 'skip',
};

const TONES: Readonly<Record<FindingStatus, Tone>> = {
  pass: 'plain',
  warn: 'warn',
  fail: 'bad',
  skip: 'dim',
};
