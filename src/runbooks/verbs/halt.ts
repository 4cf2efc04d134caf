import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { redisTimeMs } from '../../facts/index.js';
import {
  clearHalt,
  type Halt,
  Journal,
  knowsHalt,
  Lease,
  newRunId,
  raiseHalt,
} from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import type { Host } from './host.js';

/*
 * The emergency stop by hand. It is written to Redis, where every run reads it before each step, and
 * needs no lease: whoever sees something wrong must be able to stop a run of somebody else's. Only
 * the holder of the lease writes the journal; the next one records a halt that it finds. A clearing
 * leaves nothing to be found, so it takes the lease for its record where the lease is free.
 */

type Halting = Pick<Host, 'plan' | 'redis' | 'clock'>;

/** Raises a halt; the first one in force stays. */
export async function halt(
  host: Halting,
  reason: string,
  by = operator(),
): Promise<{ readonly halt: Halt; readonly raised: boolean }> {
  return raiseHalt(host.redis, host.plan.streams.prefix, {
    reason,
    by,
    at: new Date(host.clock.now()).toISOString(),
  });
}

/** Ends the halt in force, or returns null where there is none. */
export async function clearedHalt(
  host: Halting,
  reason: string,
): Promise<{ readonly halt: Halt; readonly journaled: boolean } | null> {
  const { plan, redis, clock } = host;
  const { prefix } = plan.streams;
  const run = newRunId(clock.now(), randomBytes);
  const lease = await Lease.acquire({
    link: redis,
    prefix,
    run,
    verb: 'halt',
    clock,
    takeOver: 'none',
  }).catch(heldByAnother);
  try {
    const cleared = await clearHalt(redis, prefix);
    if (cleared === null) return null;
    if (lease === null) return { halt: cleared, journaled: false };
    await record(host, run, cleared, reason);
    return { halt: cleared, journaled: true };
  } finally {
    await lease?.release();
  }
}

async function record(host: Halting, run: string, cleared: Halt, reason: string): Promise<void> {
  const journal = await Journal.open(host.plan.stateDir, { clock: host.clock });
  try {
    const redisAt = await redisTimeMs(host.redis);
    if (!knowsHalt(journal.records, cleared)) {
      await journal.append({ type: 'halt.raised', run, data: { ...cleared }, redisAt });
    }
    const data = { reason, by: operator(), halt: { ...cleared } };
    await journal.append({ type: 'halt.cleared', run, data, redisAt });
  } finally {
    await journal.close();
  }
}

function heldByAnother(error: unknown): null {
  if (error instanceof OrionError && error.kind === 'lease') return null;
  throw error;
}

/** Who is at work, as a record names them. */
function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}
