import type { JsonObject } from '../../problems/index.js';
import { messageOf } from '../../problems/index.js';
import {
  type ClaimTally,
  claimForCommand,
  claimForConsumer,
  type DeadLetter,
  emptyTally,
  type GroupPlace,
  handDead,
  type MessageCommand,
  reviveDead,
  type SweepPage,
} from '../../steps/index.js';
import { rangeOf } from './range-of.js';
import { type Changing, type Held, underLease } from './under-lease.js';

/*
 * Claiming: what is pending and stuck is given to a consumer, or to a program of the operator; what is
 * dead is put back, or given to a program. It goes page by page, so that any number of entries needs
 * the same memory, and may end after any of them: what was done is not found again by the next claim.
 */

/** Where claimed entries go. */
export type ClaimTo =
  | { readonly kind: 'consumer'; readonly consumer: string }
  | { readonly kind: 'command'; readonly command: MessageCommand }
  /** For dead letters only: back to the group they came from. */
  | { readonly kind: 'group' };

export interface ClaimJob {
  readonly to: ClaimTo;
  readonly minIdleMs: number;
  /** All places that pages may come from. */
  readonly places: readonly GroupPlace[];
  /** For the journal: how the entries were chosen. */
  readonly chosenBy: JsonObject;
  /** Asked before each entry or page: true ends the claim where it is. */
  readonly interrupted: () => boolean;
  /** Told after each entry or page how many entries were come to so far. */
  readonly onProgress: (done: number) => void;
}

export interface ClaimResult {
  readonly tally: ClaimTally;
  /** False where it was interrupted before the last entry. */
  readonly complete: boolean;
}

/** @throws {OrionError} before anything is done, or with what was done journaled */
export function carryOutClaim(
  host: Changing,
  job: ClaimJob,
  pages: AsyncIterable<SweepPage>,
): Promise<ClaimResult> {
  const { redis, plan } = host;
  return journaled(host, job, async (tally, held, stops) => {
    const { minIdleMs } = job;
    const claiming = { redis, token: held.token, tally, minIdleMs, stateDir: plan.stateDir };
    let done = 0;
    for await (const page of pages) {
      if (stops()) return false;
      tally.notIdle += page.notIdle;
      tally.held += page.held;
      if (page.chosen.length > 0) await held.record('claim', pageRecord(job.to, page));
      if (job.to.kind === 'command') {
        for (const entry of page.chosen) {
          if (stops()) return false;
          await claimForCommand(claiming, page.place, entry, job.to.command);
          job.onProgress(++done);
        }
      } else if (job.to.kind === 'consumer') {
        await claimForConsumer(claiming, page, job.to.consumer);
        done += page.chosen.length;
      }
      job.onProgress(done);
    }
    return true;
  });
}

/** @throws as `carryOutClaim` */
export function carryOutDeadClaim(
  host: Changing,
  job: ClaimJob & { readonly clustered: boolean },
  pages: AsyncIterable<readonly DeadLetter[]>,
): Promise<ClaimResult> {
  const { redis } = host;
  return journaled(host, job, async (tally, held, stops) => {
    const claiming = { redis, token: held.token, tally, clustered: job.clustered };
    let done = 0;
    for await (const letters of pages) {
      for (const dead of letters) {
        if (stops()) return false;
        if (job.to.kind === 'command') await handDead(claiming, dead, job.to.command);
        else await reviveDead(claiming, dead);
        job.onProgress(++done);
      }
    }
    return true;
  });
}

/** Journals the claim before and after, also where it fails half-way. */
async function journaled(
  host: Changing,
  job: ClaimJob,
  work: (tally: ClaimTally, held: Held, stops: () => boolean) => Promise<boolean>,
): Promise<ClaimResult> {
  return underLease(host, 'claim', job.places, async (held) => {
    const tally = emptyTally();
    const stops = (): boolean => {
      held.lost.throwIfAborted();
      return job.interrupted();
    };
    await held.record('claim', { stage: 'intended', ...job.chosenBy });
    try {
      const complete = await work(tally, held, stops);
      await held.record('claim', { stage: 'done', complete, ...recordOf(tally) });
      return { tally, complete };
    } catch (error) {
      const data = { stage: 'failed', error: messageOf(error), ...recordOf(tally) };
      await held.record('claim', data).catch(() => undefined);
      throw error;
    }
  });
}

/**
 * A page is in the journal before it is touched. What a program handles is acknowledged, which cannot be
 * taken back, so every id stands there; what is moved can be seen in Redis, and its range is enough.
 */
function pageRecord({ kind }: ClaimTo, { place, chosen }: SweepPage): JsonObject {
  const { stream, group } = place;
  const which = kind === 'command' ? { ids: chosen.map(({ id }) => id) } : rangeOf(chosen);
  return { stage: 'page', stream, group, ...which };
}

function recordOf({ failures, ...counts }: ClaimTally): JsonObject {
  return { ...counts, failures: failures.map((failure) => ({ ...failure })) };
}
