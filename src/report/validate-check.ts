import type { ValidateVerdict } from '../checks/index.js';
import type { FindingStatus, Json } from '../problems/index.js';
import type { CheckFinding, CheckResult, CheckStatus, Figure } from './check-result.js';

/** The daily check as monitoring sees it: every finding, and every figure that one measured. */
export function validateCheck({ checks, durationMs }: ValidateVerdict): CheckResult {
  const count = (status: FindingStatus): Figure => ({
    name: 'findings',
    help: 'How many findings stand so',
    labels: { status },
    value: checks.filter((check) => check.status === status).length,
    unit: '',
  });
  return {
    name: 'validate',
    findings: worstOfEach(
      checks.map(({ id, status, message }) => ({
        id,
        status: STATUSES[status],
        text: `${id}: ${message}`,
      })),
    ),
    figures: [
      ...(['pass', 'warn', 'fail', 'skip'] as const).map(count),
      {
        name: 'duration_seconds',
        help: 'How long the check took',
        labels: {},
        value: durationMs / 1_000,
        unit: 's',
      },
      ...figuresOf(checks),
    ],
  };
}

const STATUSES: Readonly<Record<FindingStatus, CheckStatus>> = {
  pass: 'ok',
  warn: 'warning',
  fail: 'critical',
  skip: 'unknown',
};

/** One finding an id: what is not in order hides what is. */
function worstOfEach(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  const worst = new Map<string, CheckFinding>();
  for (const finding of findings) {
    const before = worst.get(finding.id);
    if (before === undefined || before.status === 'ok') worst.set(finding.id, finding);
  }
  return [...worst.values()];
}

/** What was measured, by the finding's id; of several figures in one value each by its name. */
function figuresOf(checks: ValidateVerdict['checks']): readonly Figure[] {
  const figures = new Map<string, Figure>();
  for (const { id, value } of checks) {
    for (const [of, number] of numbersIn(value)) {
      const measured = of === '' ? id : `${id}.${of}`;
      const help = 'What the check measured';
      const labels = { measured };
      figures.set(measured, { name: 'measured', help, labels, value: number, unit: '' });
    }
  }
  return [...figures.values()];
}

function numbersIn(value: Json | undefined): readonly (readonly [of: string, number: number])[] {
  if (typeof value === 'number') return [['', value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([of, each]) =>
    typeof each === 'number' ? [[of, each] as const] : [],
  );
}
