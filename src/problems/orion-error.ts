import { EXIT_CODE_OF_KIND, type ExitCode, type ProblemKind } from './exit-codes.js';

export interface Problem {
  /** Decides the exit code, unless `exitCode` says otherwise. */
  readonly kind: ProblemKind;
  /** A stable, dotted name for machines and tests, such as `redis.unreachable`. */
  readonly code: string;
  /** What happened, in one sentence that names the thing. */
  readonly message: string;
  /** What is safe, or what to look at. */
  readonly hint?: string;
  /** Commands to type next, most likely first. */
  readonly next?: readonly string[];
  readonly cause?: unknown;
  /** Only for a runbook step whose `exit:` overrides the kind's own code. */
  readonly exitCode?: ExitCode;
}

/** The one error that a user may meet: what happened, what is safe, what to type next. */
export class OrionError extends Error {
  readonly kind: ProblemKind;
  readonly code: string;
  readonly hint: string | null;
  readonly next: readonly string[];
  readonly exitCode: ExitCode;

  constructor(problem: Problem) {
    super(problem.message, problem.cause === undefined ? {} : { cause: problem.cause });
    this.name = 'OrionError';
    this.kind = problem.kind;
    this.code = problem.code;
    this.hint = problem.hint ?? null;
    this.next = problem.next ?? [];
    this.exitCode = problem.exitCode ?? EXIT_CODE_OF_KIND[problem.kind];
  }
}

/** The text of any thrown thing, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
