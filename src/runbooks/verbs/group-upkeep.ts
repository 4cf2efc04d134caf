import type { JsonObject } from '../../problems/index.js';
import {
  type GroupPlace,
  type LagCheck,
  mendLag,
  type Removed,
  removeGroup,
} from '../../steps/index.js';
import { type Changing, underLease } from './under-lease.js';

/*
 * Keeping groups in order: a false lag is mended, what is not needed any more is removed. Neither is a
 * run, yet both are journaled as its steps are: the whole before-image first, then what came of it.
 */

/** Sets the counters of groups right. @throws {OrionError} as `underLease`; `groups.missing` */
export function carryOutRepair(
  host: Changing,
  checks: readonly LagCheck[],
): Promise<readonly LagCheck[]> {
  return underLease(host, 'groups-repair', checks, async ({ token, record }) => {
    const results: LagCheck[] = [];
    for (const check of checks) {
      await record('step.intended', { ...check }, 'groups-repair');
      const result = await mendLag({ redis: host.redis, token }, check);
      await record('step.done', { ...result }, 'groups-repair');
      results.push(result);
    }
    return results;
  });
}

export interface Removal {
  readonly place: GroupPlace;
  /** Null for the whole group. */
  readonly consumer: string | null;
  readonly cursor: string;
  /** Everything that is known of it, for whoever wants it back. */
  readonly archive: JsonObject;
}

/** Removes a group or a consumer, unless it owes something by now. @throws as `underLease` */
export function carryOutRemoval(host: Changing, removal: Removal): Promise<Removed> {
  const { place, consumer, cursor, archive } = removal;
  return underLease(host, 'groups-remove', [place], async ({ token, record }) => {
    await record('step.intended', { ...place, consumer, ...archive }, 'groups-remove');
    const answer = await removeGroup({ redis: host.redis, token }, place, cursor, consumer);
    await record('step.done', { ...place, consumer, answer }, 'groups-remove');
    return answer;
  });
}
