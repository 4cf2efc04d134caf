import type { DrillProgress } from './drill.js';

/** One part of the rehearsal, in the order in which they come. */
export interface Stage {
  readonly id: string;
  readonly title: string;
}

/** What happens in a rehearsal, as it happens; text is for people, the shape for whoever draws it. */
export type RehearsalEvent =
  | { readonly type: 'planned'; readonly stages: readonly Stage[] }
  | { readonly type: 'stage.started'; readonly stage: string }
  | { readonly type: 'stage.step'; readonly stage: string; readonly step: DrillProgress }
  | { readonly type: 'stage.done'; readonly stage: string; readonly text: string }
  | { readonly type: 'stage.failed'; readonly stage: string; readonly text: string }
  | { readonly type: 'stage.skipped'; readonly stage: string; readonly text: string };

export type Emit = (event: RehearsalEvent) => void;
