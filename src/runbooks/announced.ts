import type { JournalRecord } from '../journal/index.js';

/**
 * By module, how many messages all turns of the journal together announced to be handled twice
 * (handoff 6). A turn that was done again announces what its intent said, or more.
 */
export function announcedByModule(records: readonly JournalRecord[]): ReadonlyMap<string, number> {
  const modules = new Map<string, string>();
  const turns = new Map<string, { readonly module: string; readonly announced: number }>();
  for (const { type, step, data, run } of records) {
    if (type === 'run.started') modules.set(run, String(data['module']));
    const module = modules.get(run);
    if (module === undefined || step === undefined || !/(^|\/)turn$/.test(step)) continue;
    const key = `${run} ${step}`;
    const announced = Math.max(turns.get(key)?.announced ?? 0, Number(data['announced'] ?? 0));
    turns.set(key, { module, announced });
  }
  const sums = new Map<string, number>();
  for (const { module, announced } of turns.values()) {
    sums.set(module, (sums.get(module) ?? 0) + announced);
  }
  return sums;
}
