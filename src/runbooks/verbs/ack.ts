import type { PendingEntry } from '../../facts/index.js';
import { type JsonObject, messageOf } from '../../problems/index.js';
import { acknowledge, type GroupPlace } from '../../steps/index.js';
import { rangeOf } from './range-of.js';
import { type Changing, underLease } from './under-lease.js';

/** What is to be acknowledged in one group, as it was seen. */
export interface AckPage {
  readonly place: GroupPlace;
  readonly chosen: readonly PendingEntry[];
}

export interface AckAbout {
  /** A module or a group, as typed. */
  readonly name: string;
  readonly reason: string;
  readonly places: readonly GroupPlace[];
  /** The plan that the pages come from; null where ids were typed. */
  readonly planFile: string | null;
}

export interface AckTally {
  acknowledged: number;
  /** Not pending any more: acknowledged by somebody else meanwhile. */
  settled: number;
  /** Another consumer holds it now: it was not touched. */
  moved: number;
}

/**
 * Acknowledges entries by hand. Each page is in the journal before it is touched, since an
 * acknowledgement cannot be taken back: who held what, or from where to where in the plan that says so.
 * @throws {OrionError} as `underLease`; `groups.missing`
 */
export function carryOutAck(
  host: Changing,
  about: AckAbout,
  pages: AsyncIterable<AckPage>,
  watch: { interrupted(): boolean; onProgress(done: number): void },
): Promise<{ readonly tally: AckTally; readonly complete: boolean }> {
  const { name, reason, places, planFile } = about;
  return underLease(host, 'ack', places, async ({ token, lost, record }) => {
    const tally: AckTally = { acknowledged: 0, settled: 0, moved: 0 };
    let [done, complete] = [0, true];
    try {
      for await (const { place, chosen } of pages) {
        lost.throwIfAborted();
        if (watch.interrupted()) {
          complete = false;
          break;
        }
        const image = planFile === null ? imageOf(chosen) : { planFile, ...rangeOf(chosen) };
        await record('ack', { stage: 'intended', name, reason, ...place, ...image });
        const change = { redis: host.redis, token };
        for (const answer of await acknowledge(change, place, chosen)) {
          if (answer === 'ACKNOWLEDGED') tally.acknowledged += 1;
          else if (answer === 'SETTLED') tally.settled += 1;
          else tally.moved += 1;
        }
        done += chosen.length;
        watch.onProgress(done);
      }
      await record('ack', { stage: 'done', complete, name, reason, ...tally });
      return { tally, complete };
    } catch (error) {
      const data = { stage: 'failed', name, reason, ...tally, error: messageOf(error) };
      await record('ack', data).catch(() => undefined);
      throw error;
    }
  });
}

function imageOf(chosen: AckPage['chosen']): JsonObject {
  return { entries: chosen.map((entry) => ({ ...entry })) };
}
