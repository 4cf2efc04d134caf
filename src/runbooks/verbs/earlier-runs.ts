import { type JournalRecord, runRecords } from '../../journal/index.js';
import type { Json, JsonObject } from '../../problems/index.js';
import type { StepMemory } from '../../steps/index.js';
import { subjectOf } from '../history.js';

/**
 * What the unfinished business with a module had intended and observed: its runs since the last one
 * that ended well. The oldest is asked first, since its before-images are of the time before all of it.
 */
export function unfinishedMemory(
  records: readonly JournalRecord[],
  module: string,
  except: string | null,
): StepMemory {
  const runs = unfinishedRuns(records, module).filter((run) => run !== except);
  const steps = runs.map((run) => stepsOf(runRecords(records, run)));
  const first = (
    pick: (step: RememberedStep) => JsonObject | null,
    id: string,
  ): JsonObject | null => {
    for (const run of steps) {
      const step = run.get(id);
      const found = step === undefined ? null : pick(step);
      if (found !== null) return found;
    }
    return null;
  };
  return {
    intent: (id) => first(({ intent }) => intent, id),
    result: (id) => first(({ result }) => result, id),
  };
}

function unfinishedRuns(records: readonly JournalRecord[], module: string): readonly string[] {
  let runs: string[] = [];
  const mine = new Map<string, string>();
  for (const record of records) {
    const { run, type } = record;
    if (type === 'run.started' && subjectOf(record).module === module) {
      mine.set(run, subjectOf(record).verb);
      runs.push(run);
    }
    if (type === 'run.finished' && mine.has(run) && endedWell(mine.get(run), record)) runs = [];
    // Whoever adopts takes everything to be right as it is.
    if (type === 'adopted') runs = [];
  }
  return runs;
}

/** The undo of a rollback only starts the module where it stood, with everything still to be done. */
function endedWell(verb: string | undefined, { data }: JournalRecord): boolean {
  return data['outcome'] === 'done' || (verb !== 'rollback' && data['undo'] === 'done');
}

interface RememberedStep {
  intent: JsonObject | null;
  result: JsonObject | null;
}

function stepsOf(records: readonly JournalRecord[]): ReadonlyMap<string, RememberedStep> {
  const steps = new Map<string, RememberedStep>();
  for (const { type, step, data } of records) {
    if (step === undefined || step.startsWith('undo/')) continue;
    const known = steps.get(step) ?? { intent: null, result: null };
    if (type === 'step.intended') known.intent = data;
    if (type === 'step.skipped') known.intent ??= imageOf(data['intent']);
    if (type === 'step.done') known.result = data;
    steps.set(step, known);
  }
  return steps;
}

function imageOf(value: Json | undefined): JsonObject | null {
  const isImage = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Array.isArray does not narrow a readonly array away.
  return isImage ? (value as JsonObject) : null;
}
