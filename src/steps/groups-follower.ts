import {
  arrivalPace,
  type GroupLag,
  type GroupPace,
  type GroupTrack,
  groupLag,
  paceOf,
  stateOver,
  trackPoint,
  withPoint,
} from '../checks/index.js';
import type { GroupLook, StreamLook } from '../facts/index.js';
import { countOwedSpan, headroomOf, oldestOwed } from '../handoff/index.js';
import {
  findGroups,
  type GroupPlaces,
  type GroupsContext,
  type LookedAtGroup,
  lookAtPlaces,
  shownHeadroom,
} from './groups-look.js';

/** A group that is looked at again and again. */
export interface FollowedGroup {
  /** What `lag --json` shows of it, the state with what only a track can tell. */
  readonly figures: GroupLag;
  readonly module: string | null;
  readonly group: string;
  /** False where the module's settings say that it reads with the other side's group. */
  readonly inUse: boolean;
  readonly parked: number;
  readonly pace: GroupPace;
  readonly track: GroupTrack;
  readonly consumers: readonly FollowedConsumer[];
}

export interface FollowedConsumer {
  readonly name: string;
  readonly pending: number;
  /** Null where the group has more consumers than are asked for one by one. */
  readonly idleMs: number | null;
}

export interface FollowedStream {
  readonly stream: string;
  readonly length: number;
}

export interface GroupsReading {
  /** Redis's clock, in milliseconds since 1970. */
  readonly atMs: number;
  readonly streams: readonly FollowedStream[];
  readonly groups: readonly FollowedGroup[];
}

/** Streams and groups come and go seldom; between these looks only their figures are asked for. */
const FIND_EVERY_MS = 5_000;
/** Entries that are taken out of the middle of a stream show in the headroom after so long. */
const COUNT_EVERY_MS = 10_000;
const CHEAP_TO_COUNT = 1_000;

/**
 * Looks at the groups again and again, as cheaply as a second's rhythm needs: one script a stream and
 * look. What it remembers is the track of each group, and how far trimming was at the last count.
 */
export class GroupsFollower {
  readonly #context: GroupsContext;
  readonly #groups = new Map<string, Remembered>();
  #places: GroupPlaces | null = null;
  #foundAtMs = 0;

  constructor(context: GroupsContext) {
    this.#context = context;
  }

  /** @throws {OrionError} when Redis does not answer; what is remembered stays */
  async read(): Promise<GroupsReading> {
    const places = this.#places ?? (await findGroups(this.#context));
    this.#places = places;
    const { atMs, groups } = await lookAtPlaces(this.#context, places);
    const followed = await Promise.all(groups.map((seen) => this.#follow(seen)));
    this.#forget(new Set(groups.map(keyOf)));
    if (this.#foundAtMs === 0) this.#foundAtMs = atMs;
    if (Math.abs(atMs - this.#foundAtMs) >= FIND_EVERY_MS) {
      this.#places = null;
      this.#foundAtMs = 0;
    }
    return { atMs, streams: streamsIn(groups), groups: followed };
  }

  async #follow(seen: LookedAtGroup): Promise<FollowedGroup> {
    const { found, look, parked, inUse } = seen;
    const known = this.#groups.get(keyOf(seen)) ?? { track: [], span: null };
    const track =
      found === null || look === null
        ? known.track
        : withPoint(known.track, trackPoint(look, found, parked));
    const span =
      found === null || look === null ? null : await this.#spanOf(look, found, known.span);
    this.#groups.set(keyOf(seen), { track, span });
    const figures = groupLag(seen, this.#headroom(span, track), this.#context.plan.thresholds);
    return {
      figures: { ...figures, state: stateOver(figures.state, track, inUse) },
      module: seen.module,
      group: seen.group,
      inUse,
      parked,
      pace: found === null ? NO_PACE : paceOf(track),
      track,
      consumers: found === null ? [] : consumersOf(found),
    };
  }

  /**
   * While the oldest owed entry stays the same, the span grows by what is added. When it moves on, the
   * span is at most that; where counting is dear, this is shown until the next count: trimming is
   * never said to be further away than it is.
   */
  async #spanOf(look: StreamLook, found: GroupLook, last: Span | null): Promise<Span> {
    const { redis, plan } = this.#context;
    const oldestId = oldestOwed(found);
    const { atMs, entriesAdded: added } = look;
    if (oldestId === null) return { oldestId, entries: 0, added, countedAtMs: atMs };
    if (last !== null && last.added !== null && added !== null && added >= last.added) {
      const fresh = atMs - last.countedAtMs < COUNT_EVERY_MS;
      const dear = last.entries > CHEAP_TO_COUNT;
      if (fresh && (dear || last.oldestId === oldestId)) {
        return { ...last, oldestId, entries: last.entries + added - last.added, added };
      }
    }
    const entries = await countOwedSpan(redis, look, found, plan.streams.maxLength);
    return { oldestId, entries, added, countedAtMs: atMs };
  }

  #headroom(span: Span | null, track: GroupTrack): GroupLag['headroom'] {
    if (span === null) return { entries: null, seconds: null, unlimited: false };
    const perSecond = arrivalPace(track);
    return shownHeadroom(
      headroomOf({
        maxLength: this.#context.plan.streams.maxLength,
        owedSpan: span.entries,
        rate:
          perSecond === null
            ? { known: false, reason: 'there was one look only' }
            : { known: true, perSecond },
      }),
    );
  }

  #forget(there: ReadonlySet<string>): void {
    for (const key of this.#groups.keys()) if (!there.has(key)) this.#groups.delete(key);
  }
}

interface Remembered {
  readonly track: GroupTrack;
  readonly span: Span | null;
}

/** How many entries there are from the oldest owed one to the end. */
interface Span {
  readonly oldestId: ReturnType<typeof oldestOwed>;
  readonly entries: number;
  /** What the stream had ever held then. */
  readonly added: number | null;
  readonly countedAtMs: number;
}

const NO_PACE: GroupPace = { inPerSecond: null, outPerSecond: null, drainMs: null };

function keyOf({ stream, group }: LookedAtGroup): string {
  return JSON.stringify([stream, group]);
}

function streamsIn(groups: readonly LookedAtGroup[]): readonly FollowedStream[] {
  const looks = new Map(groups.flatMap(({ look }) => (look === null ? [] : [[look.stream, look]])));
  return [...looks.values()].map(({ stream, length }) => ({ stream, length }));
}

function consumersOf({ consumers, pendingByConsumer }: GroupLook): readonly FollowedConsumer[] {
  const described = consumers.map(({ name, pending, idleMs }) => ({ name, pending, idleMs }));
  const named = new Set<string>(described.map(({ name }) => name));
  const others = [...pendingByConsumer].filter(([name]) => !named.has(name));
  return [...described, ...others.map(([name, pending]) => ({ name, pending, idleMs: null }))];
}
