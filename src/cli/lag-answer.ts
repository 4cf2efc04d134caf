import { isOverAlert } from '../checks/index.js';
import { lagAtLeast, type Thresholds } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import {
  formatCount,
  type JudgedGroup,
  type Line,
  lagCheck,
  lagTable,
  line,
} from '../report/index.js';
import { type GroupsContext, groupLags, type LookedAtGroup, lookAtGroups } from '../steps/index.js';
import type { Answer } from './answer.js';
import { chosenGroups } from './group-choice.js';
import { groupsContext } from './groups-context.js';
import type { Session } from './session.js';

export interface LagRequest {
  /** A module or a group, as typed; all where nothing was. */
  readonly name: string | undefined;
  /** End with 3 where a group is at the alert threshold. */
  readonly check: boolean;
  readonly limits: LagLimits;
}

/** Thresholds that stand above the configured ones, in entries of backlog. */
export interface LagLimits {
  readonly warn: number | undefined;
  readonly crit: number | undefined;
}

/** How every group keeps up, from one look. */
export async function lagAnswer(session: Session, request: LagRequest): Promise<Answer> {
  const context = await lagContext(session, request.limits);
  const look = await lookAtGroups(context);
  const chosen = chosenGroups(look.groups, context.plan, request.name);
  const at = new Date(look.atMs).toISOString();
  const report = { at, groups: await groupLags(context, chosen) };
  const notInUse = new Set(report.groups.filter((_, at) => chosen[at]?.inUse === false));
  const table = lagTable(report, notInUse);
  if (!request.check) return { document: report, page: [table] };
  const judged = chosen.filter(({ inUse }) => inUse || request.name !== undefined);
  const failing = chosen.filter((each) => failsCheck(each, context, request.name));
  const near = judged.filter((each) => !failing.includes(each) && isNear(each, context));
  const exitCode = failing.length === 0 ? 0 : 3;
  const { lag: limits } = context.plan.thresholds;
  const judgedGroups = report.groups.map((group, at): JudgedGroup => {
    const each = chosen[at];
    if (each === undefined) throw new Error('Every group shown was chosen.');
    const status = failing.includes(each) ? 'critical' : near.includes(each) ? 'warning' : 'ok';
    return {
      group,
      status,
      text: faultText(each, status === 'critical' ? limits.alert : limits.target),
    };
  });
  return {
    document: { ok: exitCode === 0, exitCode, ...report },
    page: [table, ...checkLines(failing, near, context)],
    check: lagCheck(judgedGroups, limits),
    exitCode,
    next: exitCode === 0 ? [] : ['orion-bus validate'],
  };
}

/**
 * What a look goes by, with the thresholds that were said.
 * @throws {OrionError} `usage.thresholds` where the warning would come after the alert
 */
export async function lagContext(session: Session, limits: LagLimits): Promise<GroupsContext> {
  const { thresholds } = session.config;
  const lag = withLimits(thresholds.lag, limits);
  const context = await groupsContext(session);
  return { ...context, plan: { ...context.plan, thresholds: { ...thresholds, lag } } };
}

function withLimits(lag: Thresholds['lag'], { warn, crit }: LagLimits): Thresholds['lag'] {
  const alert = crit ?? lag.alert;
  // Where only the alert is said, and it is lower, everything that warns fails already.
  const target = warn ?? Math.min(lag.target, alert);
  if (target <= alert) return { ...lag, target, alert };
  throw new OrionError({
    kind: 'usage',
    code: 'usage.thresholds',
    message: `A warning at ${target} would come after the alert at ${alert}.`,
    hint: 'Give --warn a figure that is not above --crit.',
    next: ['orion-bus lag --help'],
  });
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

function isNear({ found, parked }: LookedAtGroup, { plan }: GroupsContext): boolean {
  const { target } = plan.thresholds.lag;
  return found !== null && lagAtLeast(found.lag) + found.pending - parked >= target;
}

function checkLines(
  failing: readonly LookedAtGroup[],
  near: readonly LookedAtGroup[],
  { plan }: GroupsContext,
): readonly Line[] {
  const { target, alert } = plan.thresholds.lag;
  const warned = near.map((group) => faultText(group, target));
  const warning =
    warned.length === 0 ? [] : [line(`Warning: ${warned.join('; ')}.`, { tone: 'warn' })];
  if (failing.length === 0) {
    const good = `No group in use is at the alert threshold of ${formatCount(alert)}.`;
    return [...warning, line(good, { tone: 'good' })];
  }
  const names = failing.map((group) => faultText(group, alert));
  return [...warning, line(`${names.join('; ')}.`, { tone: 'bad' })];
}

function faultText({ stream, group, found }: LookedAtGroup, limit: number): string {
  return found === null
    ? `${group} is missing on ${stream}`
    : `${group} on ${stream} is at ${formatCount(limit)} or above`;
}
