import type { Finding, JsonObject, OrionError } from '../problems/index.js';
import type { Action, StepProgress } from '../steps/index.js';
import type { Direction } from './direction.js';
import type { NewRunRecord } from './run-log.js';
import type { Outcome, UndoOutcome } from './run-result.js';

/** What happens in a run, for whoever shows it: data, and the sentence to show. */
export type RunEvent = RunHappening & { readonly run: string; readonly text: string };

export type RunHappening =
  | { readonly type: 'run.started'; readonly runbook: string; readonly steps: readonly StepName[] }
  | {
      readonly type: 'run.resumed';
      readonly runbook: string;
      readonly direction: Direction;
      readonly steps: readonly StepName[];
      /** The ids of the steps that need not be done again. */
      readonly settled: readonly string[];
    }
  | (StepHappening & { readonly type: 'step.started'; readonly actions: readonly Action[] })
  | (StepHappening & { readonly type: 'step.progress'; readonly progress: StepProgress })
  | (StepHappening & {
      readonly type: 'step.done';
      readonly data: JsonObject;
      readonly findings: readonly Finding[];
    })
  | (StepHappening & { readonly type: 'step.skipped'; readonly reason: string })
  | (StepHappening & { readonly type: 'step.failed'; readonly error: OrionError })
  | {
      readonly type: 'undo.started';
      readonly runbook: string;
      readonly steps: readonly StepName[];
      readonly error: OrionError;
    }
  | {
      readonly type: 'undo.finished';
      readonly undo: UndoOutcome;
      readonly error: OrionError | null;
    }
  | { readonly type: 'run.halted'; readonly reason: string }
  | {
      readonly type: 'journal.unstored';
      readonly record: NewRunRecord;
      readonly error: OrionError;
    }
  | {
      readonly type: 'run.finished';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly undo: UndoOutcome;
      readonly open: boolean;
      readonly error: OrionError | null;
    };

interface StepName {
  readonly id: string;
  readonly title: string;
}

interface StepHappening {
  /** The id of the step, without the journal's prefix for the undo. */
  readonly step: string;
  readonly title: string;
  readonly direction: Direction;
}

/** The sentence for an event. */
export function eventText(event: RunHappening): string {
  switch (event.type) {
    case 'run.started':
      return `${event.runbook}: ${event.steps.length} steps`;
    case 'run.resumed':
      return event.direction === 'undo'
        ? `${event.runbook}: taken up again, going back`
        : `${event.runbook}: taken up again, ${event.settled.length} of ${event.steps.length} steps are done`;
    case 'step.started':
      return event.title;
    case 'step.progress':
      return `${event.title}: ${progressText(event.progress)}`;
    case 'step.done':
      return [
        `${event.title}: done`,
        ...event.findings.filter(isNotable).map(({ message }) => `  ${message}`),
      ].join('\n');
    case 'step.skipped':
      return `${event.title}: it is so already`;
    case 'step.failed':
      return `${event.title}: ${event.error.message}`;
    case 'undo.started':
      return `Going back by ${event.runbook}: ${event.error.message}`;
    case 'undo.finished':
      return event.error === null
        ? 'Everything has been put back'
        : `Going back failed: ${event.error.message}`;
    case 'run.halted':
      return `A halt is in force (${event.reason}); the run goes on to where it can stay`;
    case 'journal.unstored':
      return `This could not be recorded: ${event.record.type} ${event.record.step ?? ''} ${JSON.stringify(event.record.data)}`;
    case 'run.finished':
      return FINISHED[event.outcome](event);
  }
}

type Finished = Extract<RunHappening, { type: 'run.finished' }>;

const FINISHED: Readonly<Record<Outcome, (event: Finished) => string>> = {
  done: () => 'Done',
  failed: ({ error, undo }) => `Failed: ${error?.message ?? ''} ${UNDO[undo]}`.trim(),
  interrupted: ({ open, undo }) =>
    open ? 'Interrupted; the same command goes on from here' : `Interrupted. ${UNDO[undo]}`.trim(),
};

const UNDO: Readonly<Record<UndoOutcome, string>> = {
  none: '',
  done: 'Everything has been put back.',
  failed: 'Putting it back failed too.',
};

const isNotable = ({ status }: Finding): boolean => status !== 'pass';

function progressText({ text, done, total }: StepProgress): string {
  if (done === undefined) return text;
  return total === undefined ? `${text} (${done})` : `${text} (${done} of ${total})`;
}
