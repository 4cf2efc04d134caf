import { type GroupRow, groupsTable } from '../report/index.js';
import { type LookedAtGroup, lookAtGroups } from '../steps/index.js';
import type { Answer } from './answer.js';
import { groupsContext } from './groups-context.js';
import type { Session } from './session.js';

/** Every group on every stream, and whose it is. */
export async function groupsAnswer(session: Session): Promise<Answer> {
  const { atMs, groups } = await lookAtGroups(await groupsContext(session));
  const rows = groups.filter(({ found }) => found !== null).map(groupRow);
  const at = new Date(atMs).toISOString();
  return { document: { at, groups: rows }, page: [groupsTable(rows)] };
}

function groupRow({ stream, group, owner, found, readersIdleMs }: LookedAtGroup): GroupRow {
  const lag = found?.lag ?? null;
  return {
    stream,
    group,
    module: owner?.module.name ?? null,
    side: owner?.side ?? 'unknown',
    consumers: found?.consumerCount ?? 0,
    pending: found?.pending ?? 0,
    lag: lag?.known ? lag.value : null,
    lagAtLeast: lag === null ? null : lag.known ? lag.value : lag.atLeast,
    cursor: found?.cursor ?? '',
    idleMs:
      readersIdleMs === null || readersIdleMs.length === 0 ? null : Math.min(...readersIdleMs),
  };
}
