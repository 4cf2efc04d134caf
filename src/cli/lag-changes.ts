import { HANDOFF_CONSUMER, PARKED_CONSUMER } from '../handoff/index.js';
import { OrionError } from '../problems/index.js';
import { entryId, streamKey } from '../redis/index.js';
import { claimPage, formatCount, type Page } from '../report/index.js';
import { type Changing, carryOutAck, carryOutClaim } from '../runbooks/index.js';
import { type GroupPlace, pendingAt, type SweepPage, sweepPending } from '../steps/index.js';
import type { Change, Notice, Target } from '../ui/index.js';

/** Long enough for whoever is at work on an entry to show that he is. */
const MIN_IDLE_MS = 60_000;

/**
 * Carries out what was confirmed in the live view, by the same ways as the verbs `claim` and `ack`.
 * Never more entries than were named when it was confirmed.
 */
export async function carryOutChange(
  host: Changing,
  change: Change,
  interrupted: () => boolean,
): Promise<Notice> {
  try {
    return change.kind === 'claim'
      ? await claim(host, change, interrupted)
      : await acknowledge(host, change, interrupted);
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return { text: `${error.message} ${error.hint}`, tone: 'bad' };
  }
}

async function claim(
  host: Changing,
  { target, to }: Extract<Change, { kind: 'claim' }>,
  interrupted: () => boolean,
): Promise<Notice> {
  const refusal = refusedClaim(target, to);
  if (refusal !== null) return { text: refusal, tone: 'bad' };
  const place = placeOf(target);
  const { tally } = await carryOutClaim(
    host,
    {
      to: { kind: 'consumer', consumer: to },
      minIdleMs: MIN_IDLE_MS,
      places: [place],
      chosenBy: { ...chosenBy(target), to, minIdleMs: MIN_IDLE_MS },
      interrupted,
      onProgress: () => undefined,
    },
    pagesOf(host, target, { minIdleMs: MIN_IDLE_MS, exceptHolder: to }),
  );
  const text = textOf(claimPage(tally, { dead: false, planned: false }));
  return { text, tone: tally.claimed > 0 ? 'good' : 'warn' };
}

async function acknowledge(
  host: Changing,
  { target, reason }: Extract<Change, { kind: 'acknowledge' }>,
  interrupted: () => boolean,
): Promise<Notice> {
  const about = { name: target.group, reason, places: [placeOf(target)], planFile: null };
  const pages = pagesOf(host, target, { minIdleMs: 0, exceptHolder: null });
  const { tally } = await carryOutAck(host, about, pages, {
    interrupted,
    onProgress: () => undefined,
  });
  const { acknowledged, settled, moved } = tally;
  const others = settled + moved;
  const left = others === 0 ? '' : `; ${formatCount(others)} not pending there any more`;
  return {
    text: `${formatCount(acknowledged)} acknowledged${left}`,
    tone: acknowledged > 0 ? 'good' : 'warn',
  };
}

function refusedClaim({ consumer }: Target, to: string): string | null {
  if (to === PARKED_CONSUMER || to === HANDOFF_CONSUMER) {
    return `${to} is no consumer that could handle a message. Nothing was changed.`;
  }
  if (consumer !== PARKED_CONSUMER) return null;
  return 'Parked messages are for claim --exec or ack: moving them settles nothing. Nothing was changed.';
}

/** The one entry as it is now, or what the consumer holds, the oldest first. */
async function* pagesOf(
  { redis }: Changing,
  target: Target,
  { minIdleMs, exceptHolder }: { minIdleMs: number; exceptHolder: string | null },
): AsyncGenerator<SweepPage> {
  const place = placeOf(target);
  const { id, consumer, count: limit } = target;
  if (id === null) {
    yield* sweepPending(redis, [place], { minIdleMs, consumer, exceptHolder, limit });
    return;
  }
  const entry = await pendingAt(redis, place, entryId(id));
  if (entry === null) return;
  const idle = entry.idleMs >= minIdleMs;
  const held = entry.consumer === exceptHolder;
  const chosen = idle && !held ? [entry] : [];
  yield { place, chosen, notIdle: Number(!idle && !held), held: Number(held), looked: 1 };
}

function placeOf({ stream, group }: Target): GroupPlace {
  return { stream: streamKey(stream), group };
}

function chosenBy({ stream, group, consumer, id, count }: Target) {
  return { name: group, stream, consumer, id, limit: count };
}

function textOf(page: Page): string {
  return page.flatMap((part) => (part.kind === 'line' ? [part.text] : [])).join('; ');
}
