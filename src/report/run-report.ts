import type { Finding, OrionError } from '../problems/index.js';
import { findingLines } from './findings-report.js';
import { GAP, type Line, line, type Page, type Tone } from './page.js';

/** What became of one step. `skipped`: it was so already; `not-reached`: it was never come to. */
export type StepStatus = 'done' | 'skipped' | 'failed' | 'undone' | 'not-reached';

/** A run that has ended, as far as it is shown; the result of runbooks/ fits it. */
export interface EndedRun {
  readonly outcome: 'done' | 'failed' | 'interrupted';
  /** How taking it back went; `none` where nothing had been changed, or nothing had to be. */
  readonly undo: 'done' | 'failed' | 'none';
  readonly undoError: OrionError | null;
  /** The same command goes on with it. */
  readonly open: boolean;
  readonly halted: string | null;
  readonly steps: readonly EndedStep[];
  readonly undoSteps: readonly EndedStep[];
}

export interface EndedStep {
  readonly id: string;
  readonly title: string;
  readonly status: StepStatus;
  readonly findings: readonly Finding[];
  readonly error: OrionError | null;
}

/**
 * Every step with what became of it, then how the run ended. The first cause of a failure is not
 * said again: it is the problem of the answer.
 */
export function runPage(title: string, run: EndedRun): Page {
  return [
    line(title, { tone: 'strong' }),
    ...run.steps.flatMap(stepLines),
    ...(run.undoSteps.length === 0 ? [] : [GAP, line('Going back', { tone: 'strong' })]),
    ...run.undoSteps.flatMap(stepLines),
    GAP,
    ...ending(run),
  ];
}

function stepLines({ title, status, findings, error }: EndedStep): readonly Line[] {
  const said = error === null ? title : `${title}: ${error.message}`;
  return [
    line(`${WORDS[status]}  ${said}`, { tone: TONES[status], indent: 2 }),
    ...findingLines(
      findings.filter((finding) => finding.status !== 'pass'),
      15,
    ),
  ];
}

function ending({ outcome, undo, undoError, open, halted }: EndedRun): readonly Line[] {
  return [
    ...(halted === null ? [] : [line(`A halt is in force: ${halted}`, { tone: 'warn' })]),
    ...(outcome === 'done' ? [line('Done.', { tone: 'good' })] : []),
    ...(undo === 'done' ? [line('Everything that had been changed was put back.')] : []),
    ...(undo === 'failed'
      ? [
          line(`Putting it back failed: ${undoError?.message ?? 'why is not known'}`, {
            tone: 'bad',
          }),
        ]
      : []),
    ...(open ? [line('The run is not finished: the same command goes on with it.')] : []),
  ];
}

// Of one width, so that the titles stand under each other.
const WORDS: Readonly<Record<StepStatus, string>> = {
  done: 'ok         ',
  skipped: 'so already ',
  failed: 'FAILED     ',
  undone: 'put back   ',
  'not-reached': 'not reached',
};

const TONES: Readonly<Record<StepStatus, Tone>> = {
  done: 'good',
  skipped: 'dim',
  failed: 'bad',
  undone: 'warn',
  'not-reached': 'dim',
};
