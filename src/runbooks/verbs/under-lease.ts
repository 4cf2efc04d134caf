import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { redisTimeMs } from '../../facts/index.js';
import {
  assertKnownJournal,
  guardStreams,
  Journal,
  Lease,
  newRunId,
  openRun,
  type RecordType,
  readShared,
  writeShared,
} from '../../journal/index.js';
import type { JsonObject } from '../../problems/index.js';
import type { GroupPlace } from '../../steps/index.js';
import { subjectOf } from '../history.js';
import type { Host } from './host.js';
import { openRunInTheWay } from './legality.js';
import { journalProblemOf } from './standing.js';

/*
 * The small changing verbs, claim, ack and groups: no run, but the same rules. They wait for the lease,
 * write what they mean to do into the journal before and what came of it after, and every script of
 * theirs carries the fencing token. A halt does not keep them: they settle, they do not go forward.
 */

export type Changing = Pick<Host, 'plan' | 'redis' | 'clock' | 'onWait'>;

/** What the work is given while the lease is held. */
export interface Held {
  readonly token: number;
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  /** Writes a record of this verb; it is on the disk when this returns. */
  record(type: RecordType, data: JsonObject, step?: string): Promise<void>;
}

/**
 * Looks whether a change may be made now; the lease is not asked for yet.
 * @throws {OrionError} `run.open`; `journal.damaged`, `journal.foreign`
 */
export async function mayChange({ plan, redis }: Changing): Promise<void> {
  const journal = await Journal.read(plan.stateDir);
  const problem = journalProblemOf(journal, await readShared(redis, plan.streams.prefix));
  if (problem !== null) throw problem;
  const open = openRun(journal.records);
  if (open !== null) throw openRunInTheWay(subjectOf(open));
}

/**
 * Does a piece of work under the lease, with the streams guarded and the journal open.
 * @throws {OrionError} as `mayChange`; `lease.held`; whatever the work throws
 */
export async function underLease<Result>(
  host: Changing,
  verb: string,
  places: readonly Pick<GroupPlace, 'stream'>[],
  work: (held: Held) => Promise<Result>,
): Promise<Result> {
  const { plan, redis, clock, onWait } = host;
  const { prefix } = plan.streams;
  const run = newRunId(clock.now(), randomBytes);
  const asked = { link: redis, prefix, run, verb, clock, takeOver: 'none' as const, onWait };
  const lease = await Lease.acquire(asked);
  try {
    await mayChange(host);
    const journal = await Journal.open(plan.stateDir, { clock });
    try {
      assertKnownJournal(await readShared(redis, prefix), journal);
      const { token } = lease;
      const streams = new Set(places.map(({ stream }) => stream));
      await guardStreams(redis, token, [...streams]);
      return await work({
        token,
        lost: lease.signal,
        async record(type, data, step) {
          const redisAt = await redisTimeMs(redis).catch(() => null);
          lease.signal.throwIfAborted();
          const by = `${userInfo().username}@${hostname()}`;
          await journal.append({
            ...{ type, run, data: { verb, by, ...data }, redisAt },
            ...(step === undefined ? {} : { step }),
          });
        },
      });
    } finally {
      // Redis only knows sooner what it would learn from the next holder.
      const known = { token: lease.token, host: hostname(), journal };
      await writeShared(redis, prefix, known).catch(() => undefined);
      await journal.close();
    }
  } finally {
    await lease.release();
  }
}
