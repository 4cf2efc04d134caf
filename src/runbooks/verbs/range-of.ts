import type { PendingEntry } from '../../facts/index.js';
import type { JsonObject } from '../../problems/index.js';

/** A page of entries as the journal tells of it where a million of them would be too much to write down. */
export function rangeOf(chosen: readonly Pick<PendingEntry, 'id'>[]): JsonObject {
  return { count: chosen.length, from: chosen[0]?.id ?? null, to: chosen.at(-1)?.id ?? null };
}
