import { isOverAlert } from '../checks/index.js';
import { probeCapabilities } from '../redis/index.js';
import {
  formatCount,
  type GroupRow,
  groupsTable,
  type Line,
  lagTable,
  line,
} from '../report/index.js';
import { type GroupsContext, groupLags, type LookedAtGroup, lookAtGroups } from '../steps/index.js';
import type { Answer } from './answer.js';
import { chosenGroups } from './group-choice.js';
import type { Session } from './session.js';

/** Every group on every stream, and whose it is. */
export async function groupsAnswer(session: Session): Promise<Answer> {
  const { atMs, groups } = await lookAtGroups(await contextOf(session));
  const rows = groups.filter(({ found }) => found !== null).map(groupRow);
  return { document: { at: iso(atMs), groups: rows }, page: [groupsTable(rows)] };
}

export interface LagRequest {
  /** A module or a group, as typed; all where nothing was. */
  readonly name: string | undefined;
  /** End with 3 where a group is at the alert threshold. */
  readonly check: boolean;
}

/** How every group keeps up, from one look. */
export async function lagAnswer(session: Session, request: LagRequest): Promise<Answer> {
  const context = await contextOf(session);
  const look = await lookAtGroups(context);
  const chosen = chosenGroups(look.groups, context.plan, request.name);
  const report = { at: iso(look.atMs), groups: await groupLags(context, chosen) };
  const notInUse = new Set(report.groups.filter((_, at) => chosen[at]?.inUse === false));
  const table = lagTable(report, notInUse);
  if (!request.check) return { document: report, page: [table] };
  const failing = chosen.filter((each) => failsCheck(each, context, request.name));
  const exitCode = failing.length === 0 ? 0 : 3;
  return {
    document: { ok: exitCode === 0, exitCode, ...report },
    page: [table, checkLine(failing, context)],
    exitCode,
    next: exitCode === 0 ? [] : ['orion-bus validate'],
  };
}

async function contextOf(session: Session): Promise<GroupsContext> {
  const { config: plan } = session;
  const redis = await session.redis();
  return { plan, redis, capabilities: await probeCapabilities(redis, plan.streams.prefix) };
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

/**
 * A group of the side that the module is not on owes nothing; asked for by name it is judged all the
 * same. A missing one fails where a stream is known that it should be on, or where it was named.
 */
function failsCheck(
  group: LookedAtGroup,
  { plan }: GroupsContext,
  name: string | undefined,
): boolean {
  if (group.found === null) return name !== undefined || !group.stream.endsWith(':*');
  return (group.inUse || name !== undefined) && isOverAlert(group, plan.thresholds);
}

function checkLine(failing: readonly LookedAtGroup[], { plan }: GroupsContext): Line {
  const alert = formatCount(plan.thresholds.lag.alert);
  if (failing.length === 0)
    return line(`No group in use is at the alert threshold of ${alert}.`, { tone: 'good' });
  const names = failing.map(({ stream, group, found }) =>
    found === null
      ? `${group} is missing on ${stream}`
      : `${group} on ${stream} is at ${alert} or above`,
  );
  return line(`${names.join('; ')}.`, { tone: 'bad' });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
