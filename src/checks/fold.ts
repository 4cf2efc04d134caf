import type { GroupSample, ModuleSample, Sample } from '../evidence/index.js';

/*
 * A week of samples is too much to hold, so every verdict over time is a fold: it is shown one sample
 * after the other, oldest first, and keeps only the figures it needs.
 */
export interface Fold<Outcome> {
  add(sample: Sample): void;
  /** The figures so far; may be asked at any time. */
  outcome(): Outcome;
}

/** What is certainly owed and may be worked on: lag and pending, without what is parked. */
export function workOfGroup({ lag, lagAtLeast, pending, parked }: GroupSample): number {
  return (lag ?? lagAtLeast) + pending - parked;
}

/** Whether the module of a group reads with it: its settings point to the group's side. */
export function isInUse(group: GroupSample, modules: readonly ModuleSample[]): boolean {
  // Asked of every group of a week by each criterion: a loop makes no garbage.
  for (const { module, settings } of modules) {
    if (module === group.module) return settings === group.side;
  }
  return false;
}

/** What a sample that `validate` added says is its result; everything else is told by the others. */
export function isLook(sample: Sample): boolean {
  return sample.validation === null;
}
