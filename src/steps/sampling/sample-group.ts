import { ownerOf } from '../../checks/index.js';
import type { GroupSample } from '../../evidence/index.js';
import {
  entryAgeMs,
  type GroupLook,
  lagAtLeast,
  type Plan,
  type StreamLook,
} from '../../facts/index.js';
import {
  countOwedSpan,
  type LossSample,
  lookAtLoss,
  lossBetween,
  PARKED_CONSUMER,
} from '../../handoff/index.js';
import { type RedisLink, ZERO_ID } from '../../redis/index.js';
import type { GroupMemory, LossMemory } from './sampling-context.js';

/** One group's figures, and where the next sample goes on. */
export async function sampleGroup(
  link: RedisLink,
  plan: Plan,
  look: StreamLook,
  type: string,
  group: GroupLook,
  before: { readonly group: GroupMemory; readonly sinceMs: number } | null,
): Promise<{ readonly sample: GroupSample; readonly memory: GroupMemory }> {
  const { lag, pending, pendingByConsumer } = group;
  const { maxLength } = plan.streams;
  // Redis has no count for a group that never read, but at the very beginning it is 0.
  const entriesRead = group.cursor === ZERO_ID ? 0 : group.entriesRead;
  const owner = ownerOf(plan.modules, type, group.name);
  const parked = [...pendingByConsumer].find(([name]) => name === PARKED_CONSUMER)?.[1] ?? 0;
  const loss = lossSince(await lookAtLoss(link, look, group), before?.group.loss ?? null);
  const done = entriesRead === null ? null : entriesRead - pending;
  const sample: GroupSample = {
    stream: look.stream,
    group: group.name,
    module: owner?.module.name ?? null,
    side: owner?.side ?? 'unknown',
    cursor: group.cursor,
    lag: lag.known ? lag.value : null,
    lagAtLeast: lagAtLeast(lag),
    pending,
    parked,
    entriesRead,
    consumers: group.consumerCount,
    oldestPendingMs: entryAgeMs(group.oldestPendingId, look.atMs),
    oldestUndeliveredMs: entryAgeMs(group.nextUndeliveredId, look.atMs),
    handlingMs: handlingMs(pending - parked, done, before),
    headroomEntries:
      maxLength <= 0
        ? null
        : Math.max(0, maxLength - (await countOwedSpan(link, look, group, maxLength))),
    lost: loss.lost,
  };
  return { sample, memory: { done, loss: loss.memory } };
}

/** Little's law: what is in hand at a time over the rate at which it is done is how long it takes. */
function handlingMs(
  inHand: number,
  done: number | null,
  before: { readonly group: GroupMemory; readonly sinceMs: number } | null,
): number | null {
  if (before === null || done === null || before.group.done === null) return null;
  const doneSince = done - before.group.done;
  return doneSince > 0 ? Math.round((inHand * before.sinceMs) / doneSince) : null;
}

/** What was lost since the base (handoff 12); null where the counters cannot tell. */
function lossSince(
  now: LossSample,
  before: LossMemory | null,
): { readonly lost: number | null; readonly memory: LossMemory } {
  if (before === null) return { lost: 0, memory: { base: now, keptAside: 0, seen: 0 } };
  const { base, keptAside, seen } = before;
  const { lost, verdict } = lossBetween(base, now);
  if (now.trimmedUnread === null) {
    const known = keptAside + Math.max(seen, lost);
    return { lost: known === 0 ? null : known, memory: before };
  }
  // Nothing was known at the base, or what it was told by is gone: from here on it is counted anew.
  if (base.trimmedUnread === null || lost < seen) {
    const kept = keptAside + seen;
    return { lost: kept, memory: { base: now, keptAside: kept, seen: 0 } };
  }
  const total = keptAside + lost;
  return {
    lost: verdict === 'inconclusive' && total === 0 ? null : total,
    memory: { base, keptAside, seen: lost },
  };
}
