/** What a run tells while it goes on; the events of runbooks/ fit it. `text` is the sentence to show. */
export type RunEvent =
  | {
      readonly type: 'run.started' | 'undo.started';
      readonly text: string;
      readonly steps: readonly StepTitle[];
    }
  | {
      readonly type: 'run.resumed';
      readonly text: string;
      readonly steps: readonly StepTitle[];
      /** The ids of the steps that were done before. */
      readonly settled: readonly string[];
    }
  | StepEvent
  | {
      readonly type: 'undo.finished' | 'run.halted' | 'journal.unstored' | 'run.finished';
      readonly text: string;
    };

export type StepEvent =
  | {
      readonly type: 'step.started' | 'step.done' | 'step.skipped' | 'step.failed';
      readonly step: string;
      readonly text: string;
    }
  | {
      readonly type: 'step.progress';
      readonly step: string;
      readonly text: string;
      readonly progress: { readonly done?: number; readonly total?: number };
    };

export interface StepTitle {
  readonly id: string;
  readonly title: string;
}
