import type { JournalRecord } from '../../journal/index.js';
import type { JsonObject } from '../../problems/index.js';
import type { StepMemory } from '../../steps/index.js';
import { isPhaseVerb } from '../phase-history.js';

/**
 * What the runs about the whole migration have intended and observed since the last one that took all
 * of it back. The first image of a step counts, as it is of the time before all of it; of results the
 * last, as it is what stands now.
 */
export function phaseMemory(records: readonly JournalRecord[], except: string | null): StepMemory {
  const runs = new Set<string>();
  let intents = new Map<string, JsonObject>();
  let results = new Map<string, JsonObject>();
  for (const { type, run, step, data } of records) {
    if (type === 'run.started' && isPhaseVerb(data['verb']) && run !== except) runs.add(run);
    if (!runs.has(run)) continue;
    if (type === 'run.finished' && tookAllBack(records, run, data)) {
      intents = new Map();
      results = new Map();
    }
    if (step === undefined || step.startsWith('undo/')) continue;
    if (type === 'step.intended' && !intents.has(step)) intents.set(step, data);
    if (type === 'step.done') results.set(step, data);
  }
  return {
    intent: (step) => intents.get(step) ?? null,
    result: (step) => results.get(step) ?? null,
  };
}

function tookAllBack(records: readonly JournalRecord[], run: string, data: JsonObject): boolean {
  const verb = records.find((record) => record.run === run && record.type === 'run.started')?.data[
    'verb'
  ];
  if (data['outcome'] !== 'done') return data['undo'] === 'done' && verb === 'phase1-start';
  return verb === 'rollback-phase1' || verb === 'rollback-phase3';
}
