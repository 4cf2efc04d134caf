import {
  activeSide,
  activeStreams,
  type GroupLag,
  groupLag,
  ownerOf,
  type SeenGroup,
  streamsOf,
} from '../checks/index.js';
import {
  discoverStreams,
  type FoundStream,
  type GroupLook,
  lookAtStream,
  type ModulePlan,
  otherSide,
  type Plan,
  redisTimeMs,
  type SideName,
  type StreamLook,
  settingsSide,
} from '../facts/index.js';
import {
  HANDOFF_CONSUMER,
  type Headroom,
  lookAtHeadroom,
  PARKED_CONSUMER,
} from '../handoff/index.js';
import type { Capabilities, RedisLink } from '../redis/index.js';

/** What a look at the groups goes by; it changes nothing. */
export interface GroupsContext {
  readonly plan: Plan;
  readonly redis: RedisLink;
  readonly capabilities: Capabilities;
}

/** A group as it was seen, with what `selectGroups` and a further look need. */
export interface LookedAtGroup extends SeenGroup {
  readonly module: string | null;
  /** Null for a missing group. */
  readonly look: StreamLook | null;
}

export interface GroupsLook {
  /** Redis's clock, in milliseconds since 1970. */
  readonly atMs: number;
  readonly groups: readonly LookedAtGroup[];
}

/** Where groups are and should be: what changes seldom, and so need not be asked for at each look. */
export interface GroupPlaces {
  readonly streams: readonly FoundStream[];
  /** The side that each module's settings name; `unknown` where they do not tell. */
  readonly inUse: ReadonlyMap<string, SideName | 'unknown'>;
  readonly missing: readonly Place[];
}

/**
 * All groups on all streams under the prefix, and the groups that modules should have and have not.
 * @throws {OrionError} when Redis does not answer
 */
export async function lookAtGroups(context: GroupsContext): Promise<GroupsLook> {
  return lookAtPlaces(context, await findGroups(context));
}

/** @throws {OrionError} when Redis does not answer */
export async function findGroups({ plan, redis }: GroupsContext): Promise<GroupPlaces> {
  const streams = await discoverStreams(redis, plan.streams.prefix);
  const inUse = new Map<string, SideName | 'unknown'>();
  const missing: Place[] = [];
  for (const module of plan.modules) {
    const { side: said } = await settingsSide(module.settings);
    const tells = said === 'source' || said === 'target';
    inUse.set(module.name, tells ? said : 'unknown');
    missing.push(...missingGroups(module, streams, activeSide(said, module, streams), plan));
  }
  return { streams, inUse, missing };
}

/** One look at each stream, at an instant of its own. @throws {OrionError} when Redis does not answer */
export async function lookAtPlaces(
  { plan, redis, capabilities }: GroupsContext,
  { streams, inUse, missing }: GroupPlaces,
): Promise<GroupsLook> {
  const options = { countCap: plan.thresholds.lag.alert + 1 };
  const [atMs, ...looks] = await Promise.all([
    redisTimeMs(redis),
    ...streams.map(({ stream }) => lookAtStream(redis, capabilities, stream, options)),
  ]);
  const groups = streams.flatMap(({ stream, type }, at): readonly LookedAtGroup[] => {
    const look = looks[at];
    const found = (look?.groups ?? []).map((group) => {
      const owner = ownerOf(plan.modules, type, group.name);
      const side = owner === null ? 'unknown' : inUse.get(owner.module.name);
      return {
        stream,
        group: group.name,
        owner,
        module: owner?.module.name ?? null,
        inUse: side === 'unknown' || owner?.side === side,
        found: group,
        look: look ?? null,
        parked: parkedIn(group),
        readersIdleMs: readersIdleMs(group),
        atMs: look?.atMs ?? atMs,
      };
    });
    const there = new Set<string>(found.map(({ group }) => group));
    const lacking = missing.filter((each) => each.stream === stream && !there.has(each.group));
    return [...found, ...lacking.map(missingGroup(atMs))];
  });
  const nowhere = missing.filter((each) => !streams.some(({ stream }) => stream === each.stream));
  return { atMs, groups: [...groups, ...nowhere.map(missingGroup(atMs))] };
}

/** The figures of groups, with how far trimming is from what each is owed. */
export async function groupLags(
  { plan, redis }: GroupsContext,
  groups: readonly LookedAtGroup[],
): Promise<readonly GroupLag[]> {
  const result: GroupLag[] = [];
  for (const seen of groups) {
    const { look, found } = seen;
    const headroom =
      look === null || found === null
        ? { entries: null, seconds: null, unlimited: false }
        : await headroomOf(redis, look, found, plan.streams.maxLength);
    result.push(groupLag(seen, headroom, plan.thresholds));
  }
  return result;
}

interface Place {
  readonly module: ModulePlan;
  readonly side: 'source' | 'target';
  readonly stream: string;
  readonly group: string;
}

function missingGroups(
  module: ModulePlan,
  found: readonly FoundStream[],
  side: 'source' | 'target',
  plan: Plan,
): readonly Place[] {
  const read = activeStreams(module, found, side);
  const streams = read.length > 0 ? read : streamsOf(module, found, otherSide(side));
  if (streams.length === 0) {
    // On no stream at all: where it should be is not known, that it should be somewhere is.
    const stream = `${plan.streams.prefix}:*`;
    return [{ module, side, stream, group: module.groups[side] }];
  }
  return streams.flatMap((place) => {
    const there = found.find(({ stream }) => stream === place.stream);
    const group = place[side];
    return there?.groups.includes(group) ? [] : [{ module, side, stream: place.stream, group }];
  });
}

function missingGroup(atMs: number): (place: Place) => LookedAtGroup {
  return ({ module, side, stream, group }) => ({
    stream,
    group,
    owner: { module, side },
    module: module.name,
    inUse: true,
    found: null,
    look: null,
    parked: 0,
    readersIdleMs: null,
    atMs,
  });
}

function parkedIn({ pendingByConsumer }: GroupLook): number {
  return [...pendingByConsumer].find(([name]) => name === PARKED_CONSUMER)?.[1] ?? 0;
}

/** Consumers that a handoff made are names to hold entries by, and never read. */
function readersIdleMs({ consumers, consumerCount }: GroupLook): readonly number[] | null {
  if (consumers.length < consumerCount) return null;
  return consumers
    .filter(({ name }) => name !== PARKED_CONSUMER && name !== HANDOFF_CONSUMER)
    .map(({ idleMs }) => idleMs);
}

async function headroomOf(
  redis: RedisLink,
  look: StreamLook,
  group: GroupLook,
  maxLength: number,
): Promise<GroupLag['headroom']> {
  return shownHeadroom((await lookAtHeadroom(redis, look, group, maxLength)).headroom);
}

/** Headroom as `lag` shows it: whole seconds, and none where nothing arrives: no number says "without end". */
export function shownHeadroom(headroom: Headroom): GroupLag['headroom'] {
  const { seconds } = headroom;
  const endless = seconds === null || seconds >= Number.MAX_SAFE_INTEGER;
  return { ...headroom, seconds: endless ? null : Math.floor(seconds) };
}
