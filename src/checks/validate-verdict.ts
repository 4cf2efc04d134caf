import type { ExitCode, Finding } from '../problems/index.js';

/** The four groups of `validate`, in the order in which they are judged (guide, "Exit codes"). */
const CHECK_GROUPS = {
  prerequisites: 1,
  roundtrip: 2,
  'consumer-groups': 3,
  validation: 4,
} as const satisfies Record<string, ExitCode>;

export type CheckGroup = keyof typeof CHECK_GROUPS;

/** One finding of `validate`, and the group of checks it was made in. */
export interface Check extends Finding {
  readonly group: CheckGroup;
}

export interface ValidateVerdict {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  /** All findings, by group in the order of judging. */
  readonly checks: readonly Check[];
  readonly durationMs: number;
}

/** The first failing group gives the code; only `fail` counts, a warning or a skip does not. */
export function judgeChecks(checks: readonly Check[], durationMs: number): ValidateVerdict {
  const groups = Object.keys(CHECK_GROUPS).filter(
    (name): name is CheckGroup => name in CHECK_GROUPS,
  );
  const failed = groups.find((group) =>
    checks.some((check) => check.group === group && check.status === 'fail'),
  );
  return {
    ok: failed === undefined,
    exitCode: failed === undefined ? 0 : CHECK_GROUPS[failed],
    checks: groups.flatMap((group) => checks.filter((check) => check.group === group)),
    durationMs,
  };
}
