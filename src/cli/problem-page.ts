import type { OrionError } from '../problems/index.js';
import { type Line, line, type Page } from '../report/index.js';

/** What happened, what is safe, what to type next. */
export function problemPage(problem: OrionError): Page {
  const [what = '', ...more] = problem.message.split('\n');
  return [
    line(what, { tone: 'bad' }),
    ...more.map((text) => line(text.trimStart(), { indent: 2 })),
    ...(problem.hint ?? '')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => line(text, { indent: 2 })),
    ...nextLines(problem.next),
  ];
}

/** Commands stand alone on a line and unbroken, to be copied. */
export function nextLines(next: readonly string[]): readonly Line[] {
  return next.map((command) => line(`next: ${command}`, { indent: 2, whole: true }));
}
