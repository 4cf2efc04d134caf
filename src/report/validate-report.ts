import type { CheckGroup, ValidateVerdict } from '../checks/index.js';
import { countOfFindings, findingLines } from './findings-report.js';
import { formatDuration } from './format.js';
import { GAP, line, type Page } from './page.js';

const TITLES: Readonly<Record<CheckGroup, string>> = {
  prerequisites: 'Prerequisites',
  roundtrip: 'Message round trip',
  'consumer-groups': 'Consumer groups',
  validation: 'Validation',
};

/** All findings by group in the order of judging, then one line that says how it stands. */
export function validatePage(verdict: ValidateVerdict): Page {
  const groups = new Set(verdict.checks.map(({ group }) => group));
  const failed = verdict.checks.find(({ status }) => status === 'fail')?.group;
  const parts = [...groups].flatMap((group) => {
    const checks = verdict.checks.filter((check) => check.group === group);
    const gives = group === failed ? ` (gives exit code ${verdict.exitCode})` : '';
    return [line(`${TITLES[group]}${gives}`, { tone: 'strong' }), ...findingLines(checks, 2), GAP];
  });
  const said = verdict.ok ? 'Every check passed' : 'Checks failed';
  return [
    ...parts,
    line(`${said}: ${countOfFindings(verdict.checks)}, in ${formatDuration(verdict.durationMs)}.`, {
      tone: verdict.ok ? 'good' : 'bad',
    }),
  ];
}
