import { OrionError } from '../problems/index.js';

/** One thing that is wrong with a runbook, and where it stands. */
export interface RunbookProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Takes one thing that is wrong; reading goes on, so that all of them are told together. */
export type Report = (line: number, message: string) => void;

/** Everything that is wrong with one or more runbooks, told at once. */
export class RunbookError extends OrionError {
  readonly problems: readonly RunbookProblem[];

  constructor(problems: readonly RunbookProblem[]) {
    const files = [...new Set(problems.map(({ file }) => file))].join(', ');
    const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
    super({
      kind: 'config',
      code: 'runbook.invalid',
      message: [`${count} in ${files}`, ...problems.map(placed)].join('\n  '),
      hint: 'Nothing has been changed. Correct the file; it is read anew with each command.',
      next: ['orion-bus runbooks check'],
    });
    this.name = 'RunbookError';
    this.problems = problems;
  }
}

const placed = ({ file, line, message }: RunbookProblem): string => `${file}:${line}: ${message}`;
