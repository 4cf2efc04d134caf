import { readSamples } from '../evidence/index.js';
import type { StreamLook } from '../facts/index.js';
import { compareIds, type EntryId, entryId, predecessorOf } from '../redis/index.js';
import type { StepContext } from './step-context.js';

/** A sample that is older says too little of where the group stood when it was lost (handoff 10). */
const NOT_OLDER_THAN_MS = 60_000;

/**
 * Where a group that is gone stood, as the last sample tells: at its cursor, or below its oldest pending
 * entry. Where there is no sample, or the other group is further, that one's cursor is the best known.
 */
export async function lastCursor(
  { plan }: Pick<StepContext, 'plan'>,
  { stream, atMs }: StreamLook,
  group: string,
  other: EntryId,
): Promise<EntryId> {
  let known: EntryId | null = null;
  const range = { fromMs: atMs - NOT_OLDER_THAN_MS, toMs: atMs + 1 };
  for await (const sample of readSamples(plan.stateDir, range)) {
    const found = sample.groups.find((each) => each.stream === stream && each.group === group);
    if (found === undefined) continue;
    const { cursor, pending, oldestPendingMs } = found;
    known =
      pending === 0 || oldestPendingMs === null
        ? entryId(cursor)
        : predecessorOf(entryId(`${Math.max(0, sample.atMs - oldestPendingMs)}-0`));
  }
  return known !== null && compareIds(known, other) > 0 ? known : other;
}
