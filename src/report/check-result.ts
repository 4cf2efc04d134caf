import type { ExitCode, OrionError } from '../problems/index.js';

/*
 * What a check found, for whoever watches the host: the one model behind `--format nagios` and
 * `--format prometheus`, as a page and a document are behind text and JSON. All findings and all
 * figures are in it, also where no threshold is held against them.
 */

export interface CheckResult {
  readonly name: CheckName;
  readonly findings: readonly CheckFinding[];
  readonly figures: readonly Figure[];
}

export type CheckName = 'validate' | 'lag' | 'status';

export interface CheckFinding {
  /** Stable and of no other finding of the check, such as `redis.ping`. */
  readonly id: string;
  readonly status: CheckStatus;
  readonly text: string;
}

/** With the codes that a monitoring plugin ends with. */
const CHECK_CODES = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export type CheckStatus = keyof typeof CHECK_CODES;

export interface Figure {
  /** In snake case; of one in seconds the name ends so. */
  readonly name: string;
  readonly help: string;
  /** What it is the figure of; empty where the check has only one. */
  readonly labels: Readonly<Record<string, string>>;
  /** Null where it is not known: never 0 for unknown. */
  readonly value: number | null;
  readonly unit: 's' | '';
  /** From here on it is a warning, and from there on critical; most figures have neither. */
  readonly warning?: number;
  readonly critical?: number;
}

export function checkCode(status: CheckStatus): 0 | 1 | 2 | 3 {
  return CHECK_CODES[status];
}

/**
 * How the check stands as a whole. What could not be checked is unknown: a prerequisite that failed
 * (1), and every code that is none of a check. A failed check (2, 3, 4) and a critical finding are
 * critical; all findings count, not only the first.
 */
export function checkStatus(result: CheckResult, exitCode: ExitCode): CheckStatus {
  if (exitCode === 1 || exitCode > 4) return 'unknown';
  const found = new Set(result.findings.map(({ status }) => status));
  if (exitCode !== 0 || found.has('critical')) return 'critical';
  return found.has('warning') ? 'warning' : 'ok';
}

/** The result of a check that could not be carried out. */
export function unchecked(name: CheckName, problem: OrionError): CheckResult {
  const text = problem.message;
  return { name, findings: [{ id: problem.code, status: 'unknown', text }], figures: [] };
}
