import { entryBody, type PendingEntry } from '../facts/index.js';
import { PARKED_CONSUMER, readParkedBody } from '../handoff/index.js';
import { type ClaimTally, noteFailure } from './claim-tally.js';
import {
  acknowledge,
  type Change,
  type Claimed,
  claimPending,
  type GroupPlace,
} from './pending-changes.js';
import type { SweepPage } from './pending-sweep.js';
import { type MessageCommand, runOnMessage } from './run-on-message.js';

/** Holds an entry while a program of the operator works on it. */
export const CLAIM_CONSUMER = 'orion-bus-claim';

export interface Claiming extends Change {
  readonly tally: ClaimTally;
  readonly minIdleMs: number;
}

/** Moves the chosen entries to a consumer, in one script, keeping their delivery counts. */
export async function claimForConsumer(
  claiming: Claiming,
  { place, chosen }: Pick<SweepPage, 'place' | 'chosen'>,
  consumer: string,
): Promise<void> {
  if (chosen.length === 0) return;
  const { tally, minIdleMs } = claiming;
  const how = { to: consumer, minIdleMs, counts: false };
  for (const answer of await claimPending(claiming, place, chosen, how)) {
    if (answer === 'CLAIMED') tally.claimed += 1;
    else countRefused(tally, answer);
  }
}

/**
 * Hands one entry to a program and acknowledges it where that handled it; otherwise it is given back
 * with a delivery more. A process that ends in between leaves it with `orion-bus-claim`, pending.
 */
export async function claimForCommand(
  claiming: Claiming & { readonly stateDir: string },
  place: GroupPlace,
  entry: PendingEntry,
  command: MessageCommand,
): Promise<void> {
  const { tally, minIdleMs, redis, stateDir } = claiming;
  const { stream, group } = place;
  // What is parked stays so: nobody claims it from there, also when this process does not come back.
  const holder = entry.consumer === PARKED_CONSUMER ? PARKED_CONSUMER : CLAIM_CONSUMER;
  const [answer] = await claimPending(claiming, place, [entry], {
    to: holder,
    minIdleMs,
    counts: true,
  });
  const ghost = answer === 'GHOST';
  if (answer !== 'CLAIMED' && !ghost) return countRefused(tally, answer);
  const fields = ghost
    ? await keptBody(stateDir, place, entry)
    : (await entryBody(redis, stream, entry.id))?.fields;
  if (fields == null) {
    tally.ghosts += 1;
    return;
  }
  const { id, consumer, deliveries } = entry;
  const taken = ghost
    ? { id, consumer, deliveries }
    : { id, consumer: holder, deliveries: deliveries + 1 };
  const change = { minIdleMs: 0, counts: false };
  let failure: string | null = 'the program could not be started';
  try {
    const facts = { id: entry.id, stream, group, deliveries: entry.deliveries, fields };
    failure = await runOnMessage(command, facts, () =>
      claimPending(claiming, place, [taken], { to: taken.consumer, ...change }),
    );
  } finally {
    if (failure !== null) {
      noteFailure(tally, { id: entry.id, stream, group, because: failure });
      const back = { to: entry.consumer, ...change };
      await claimPending(claiming, place, [taken], back);
    }
  }
  if (failure !== null) return;
  const mine = [{ id: entry.id, consumer: taken.consumer }];
  const [done] = await acknowledge(claiming, place, mine);
  if (done === 'ACKNOWLEDGED') tally.acknowledged += 1;
  else tally.lostRace += 1;
}

function countRefused(tally: ClaimTally, answer: Claimed | undefined): void {
  if (answer === 'BUSY') tally.notIdle += 1;
  else if (answer === 'GHOST') tally.ghosts += 1;
  else tally.lostRace += 1;
}

/** The body that was kept when the entry was parked; null where there is none. */
async function keptBody(
  stateDir: string,
  { stream, group }: GroupPlace,
  { id }: PendingEntry,
): Promise<ReadonlyMap<string, string> | null> {
  const kept = await readParkedBody(stateDir, stream, group, id);
  return kept === null ? null : new Map(kept.fields);
}
