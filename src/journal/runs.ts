import type { JournalRecord } from './record.js';

/**
 * The `run.started` of the last run that was neither finished nor superseded, or null. A part of a run,
 * whose `within` names that run, does not count.
 * `run.superseded` carries the id of the run that ends by it, not of the one that takes its place.
 */
export function openRun(records: readonly JournalRecord[]): JournalRecord | null {
  return lastOpen(records, ({ data }) => data['within'] === undefined);
}

/** The same of the parts: runs about one service that another run carries out. */
export function openPart(records: readonly JournalRecord[]): JournalRecord | null {
  return lastOpen(records, ({ data }) => data['within'] !== undefined);
}

function lastOpen(
  records: readonly JournalRecord[],
  isMeant: (started: JournalRecord) => boolean,
): JournalRecord | null {
  const ended = new Set<string>();
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record?.type === 'run.finished' || record?.type === 'run.superseded') ended.add(record.run);
    if (record?.type === 'run.started' && !ended.has(record.run) && isMeant(record)) return record;
  }
  return null;
}

/** Everything that one run recorded, in order. */
export function runRecords(records: readonly JournalRecord[], run: string): JournalRecord[] {
  return records.filter((record) => record.run === run);
}
