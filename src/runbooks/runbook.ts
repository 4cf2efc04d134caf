import type { JsonObject } from '../problems/index.js';

/*
 * Terminology
 *
 * runbook  a written procedure: one Markdown file, read by people and carried out by the tool
 * step     one action of it: a `##` section with a `yaml step` block; `uses` names its step kind
 * by hand  what to type for a step when the tool cannot run
 * bound    a step whose templates have been filled in with the values of one run
 * run      one carrying-out of a runbook, with an id of its own in the journal
 * undo     the runbook named by `on-failure`, carried out within the same run after a failure
 */

export interface Runbook {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  /** The runbook that takes this one back; null where there is none. */
  readonly onFailure: string | null;
  readonly file: string;
  /** In the order in which they are carried out. */
  readonly steps: readonly RunbookStep[];
  /** sha256 of the steps as parsed: prose, headings and layout do not count. */
  readonly fingerprint: string;
}

export type Phase = 1 | 2 | 3;

export interface RunbookStep {
  readonly id: string;
  readonly title: string;
  /** The prose of the section. */
  readonly why: string;
  readonly uses: string;
  readonly with: JsonObject;
  /** A duration or a template; null = the step may take as long as it takes. */
  readonly timeout: string | null;
  /** The exit code when this step is the first cause; null = the error's own. */
  readonly exit: number | null;
  /** The template of the list that the step is repeated for; null = once. */
  readonly forEach: string | null;
  readonly byHand: string | null;
  /** Where each part stands in the file: `heading`, `by-hand`, `uses`, `with`, `with.stream` … */
  readonly lines: Lines;
}

export type Lines = ReadonlyMap<string, number>;

/** The line of a part, or of the nearest part around it. */
export function lineOf(lines: Lines, part: string): number {
  const line = lines.get(part);
  if (line !== undefined) return line;
  const dot = part.lastIndexOf('.');
  return dot < 0 ? (lines.get('heading') ?? 1) : lineOf(lines, part.slice(0, dot));
}

/** The codes of the migration guide that a step may name. */
const STEP_EXITS = [1, 2, 3, 4] as const;
export type StepExit = (typeof STEP_EXITS)[number];

export const isStepExit = (code: number): code is StepExit =>
  (STEP_EXITS as readonly number[]).includes(code);
