import type { GroupLag } from '../checks/index.js';
import type { CheckFinding, CheckResult, CheckStatus, Figure } from './check-result.js';
import type { LagReport } from './lag-report.js';

/** A group with what `lag --check` makes of it. */
export interface JudgedGroup {
  readonly group: GroupLag;
  readonly status: Extract<CheckStatus, 'ok' | 'warning' | 'critical'>;
  /** What is the matter; empty where nothing is. */
  readonly text: string;
}

/** @param limits entries of backlog, from which on it warns and fails */
export function lagCheck(
  judged: readonly JudgedGroup[],
  limits: { readonly target: number; readonly alert: number },
): CheckResult {
  const groups: LagReport['groups'] = judged.map(({ group }) => group);
  const figures = FIGURES.flatMap(({ figureOf, ...figure }): Figure[] =>
    groups.map((group) => ({
      ...figure,
      labels: { stream: group.stream, group: group.group },
      value: figureOf(group),
      ...(figure.name === 'backlog' ? { warning: limits.target, critical: limits.alert } : {}),
    })),
  );
  return { name: 'lag', findings: judged.map(findingOf), figures };
}

function findingOf({ group, status, text }: JudgedGroup): CheckFinding {
  return { id: `${group.stream}/${group.group}`, status, text };
}

const FIGURES: readonly (Pick<Figure, 'name' | 'help' | 'unit'> & {
  readonly figureOf: (group: GroupLag) => number | null;
})[] = [
  {
    name: 'backlog',
    help: 'Entries not delivered yet or not acknowledged',
    unit: '',
    figureOf: ({ backlog }) => backlog,
  },
  {
    name: 'entries',
    help: 'Entries not delivered yet, at least',
    unit: '',
    figureOf: ({ lagAtLeast }) => lagAtLeast,
  },
  {
    name: 'known',
    help: '1 where the entries not delivered yet could be counted to the end',
    unit: '',
    figureOf: ({ lag }) => (lag === null ? 0 : 1),
  },
  {
    name: 'pending',
    help: 'Entries delivered and not acknowledged',
    unit: '',
    figureOf: ({ pending }) => pending,
  },
  {
    name: 'consumers',
    help: 'Consumers of the group',
    unit: '',
    figureOf: ({ consumers }) => consumers,
  },
  {
    name: 'oldest_pending_seconds',
    help: 'Age of the oldest entry delivered and not acknowledged',
    unit: 's',
    figureOf: ({ oldestPendingMs }) => seconds(oldestPendingMs),
  },
  {
    name: 'oldest_undelivered_seconds',
    help: 'Age of the oldest entry not delivered yet',
    unit: 's',
    figureOf: ({ oldestUndeliveredMs }) => seconds(oldestUndeliveredMs),
  },
  {
    name: 'headroom_entries',
    help: 'Entries until trimming removes one that the group is owed',
    unit: '',
    figureOf: ({ headroom }) => headroom.entries,
  },
];

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);
