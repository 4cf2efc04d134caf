import type { JournalRecord } from './record.js';

/**
 * The `run.started` of the last run that was neither finished nor superseded, or null.
 * `run.superseded` carries the id of the run that ends by it, not of the one that takes its place.
 */
export function openRun(records: readonly JournalRecord[]): JournalRecord | null {
  const ended = new Set<string>();
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record?.type === 'run.finished' || record?.type === 'run.superseded') ended.add(record.run);
    if (record?.type === 'run.started' && !ended.has(record.run)) return record;
  }
  return null;
}

/** Everything that one run recorded, in order. */
export function runRecords(records: readonly JournalRecord[], run: string): JournalRecord[] {
  return records.filter((record) => record.run === run);
}
