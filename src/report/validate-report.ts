import type { ExitCode, Finding } from '../problems/index.js';
import { countOfFindings, findingLines } from './findings-report.js';
import { formatDuration } from './format.js';
import { GAP, line, type Page } from './page.js';

export type CheckGroup = 'prerequisites' | 'roundtrip' | 'consumer-groups' | 'validation';

/** One finding of `validate`, and the group of checks it was made in. */
export interface Check extends Finding {
  readonly group: CheckGroup;
}

export interface ValidateReport {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly checks: readonly Check[];
  readonly durationMs: number;
}

/** In the order in which they are judged: the first group that fails gives the code. */
const CODE_OF_GROUP: readonly (readonly [CheckGroup, ExitCode, string])[] = [
  ['prerequisites', 1, 'Prerequisites'],
  ['roundtrip', 2, 'Message round trip'],
  ['consumer-groups', 3, 'Consumer groups'],
  ['validation', 4, 'Validation'],
];

/** Judges by the code of the first failing group; only `fail` counts, a warning or a skip does not. */
export function judge(checks: readonly Check[], durationMs: number): ValidateReport {
  const failed = CODE_OF_GROUP.find(([group]) =>
    checks.some((check) => check.group === group && check.status === 'fail'),
  );
  const inOrder = CODE_OF_GROUP.flatMap(([group]) => checks.filter((each) => each.group === group));
  return { ok: failed === undefined, exitCode: failed?.[1] ?? 0, checks: inOrder, durationMs };
}

/** All findings by group, then one line that says how it stands. */
export function validatePage(report: ValidateReport): Page {
  const groups = CODE_OF_GROUP.flatMap(([group, code, title]) => {
    const checks = report.checks.filter((check) => check.group === group);
    if (checks.length === 0) return [];
    const gives = code === report.exitCode ? ` (gives exit code ${code})` : '';
    return [line(`${title}${gives}`, { tone: 'strong' }), ...findingLines(checks, 2), GAP];
  });
  const verdict = report.ok ? 'Every check passed' : 'Checks failed';
  return [
    ...groups,
    line(
      `${verdict}: ${countOfFindings(report.checks)}, in ${formatDuration(report.durationMs)}.`,
      { tone: report.ok ? 'good' : 'bad' },
    ),
  ];
}
