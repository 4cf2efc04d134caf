import type { ExitCode, OrionError } from '../problems/index.js';
import type { CheckResult, Page } from '../report/index.js';

/**
 * What a command has to say, before anybody decided how it is shown: one document for machines and
 * one page for people. `v` and `next` are added to the document by whoever prints it.
 */
export interface Answer<Document extends object = object> {
  readonly document: Document;
  readonly page: Page;
  /** 0 unless said. With a problem, the problem's own code. */
  readonly exitCode?: ExitCode;
  /** Commands to type next, most likely first. */
  readonly next?: readonly string[];
  /** It was printed as it was found: only its exit code, problem and next commands are left. */
  readonly printed?: true;
  /** Why it is not what was asked for, where there is a result to show all the same. */
  readonly problem?: OrionError;
  /** The same for monitoring, of the commands that take `--format`. */
  readonly check?: CheckResult;
  /** Written to this file instead of to standard output. */
  readonly outfile?: Outfile | undefined;
}

export interface Outfile {
  /** Absolute. */
  readonly path: string;
  /** Permissions, such as 0o644. */
  readonly mode: number;
}

export function exitCodeOf(answer: Answer): ExitCode {
  return answer.problem?.exitCode ?? answer.exitCode ?? 0;
}

export function nextOf(answer: Answer): readonly string[] {
  return answer.next ?? answer.problem?.next ?? [];
}

/** The one JSON document of an answer. */
export function documentOf(answer: Answer): object {
  const problem = answer.problem === undefined ? {} : problemDocument(answer.problem);
  return { v: 1, ...problem, ...answer.document, next: nextOf(answer) };
}

/** The one JSON document of a command that has nothing to show but its problem. */
export function errorDocumentOf(problem: OrionError): object {
  return { v: 1, ...problemDocument(problem), next: problem.next };
}

function problemDocument({ kind, code, message, hint, exitCode }: OrionError): object {
  return { ok: false, exitCode, error: { kind, code, message, hint } };
}
