import type { GroupSample } from '../evidence/index.js';
import type { Thresholds } from '../facts/index.js';
import { type CriterionFold, Known, verdictOf } from './criterion.js';
import { isInUse, workOfGroup } from './fold.js';
import { PerGroup } from './per-group.js';
import { Sustained } from './sample-clock.js';

/* What the guide asks of the groups that modules read with on the target. */

const HOUR_MS = 3_600_000;

/** Guide, phase 2, step 4: lag below the target, hour by hour; the alert counts once sustained. */
export function lag(module: string | null, { lag: limits }: Thresholds): CriterionFold {
  const known = new Known();
  const hourly = new Map<number, number>();
  const overAlert = new PerGroup(() => new Sustained());
  let [worst, longestOverAlertMs] = [0, 0];
  let worstOf: GroupSample | null = null;
  return {
    add({ atMs, groups, modules }, stretch) {
      for (const [place, group] of groups.entries()) {
        if (!isMeant(group, module) || !isInUse(group, modules)) continue;
        const work = workOfGroup(group);
        known.note(group.lag !== null || work >= limits.target);
        const hour = Math.floor(atMs / HOUR_MS);
        hourly.set(hour, Math.max(hourly.get(hour) ?? 0, work));
        const sustained = overAlert.of(group, place);
        sustained.update(work > limits.alert, stretch);
        longestOverAlertMs = Math.max(longestOverAlertMs, sustained.heldMs ?? 0);
        if (worstOf !== null && work <= worst) continue;
        [worst, worstOf] = [work, group];
      }
    },
    verdict: () =>
      verdictOf(
        'lag',
        { broken: worst >= limits.target, seen: known.isEnough },
        {
          fail: `the backlog of ${worstOf?.group} reached ${worst}, the target is ${limits.target}`,
          pass: `no backlog was above ${worst}`,
        },
        {
          worst: worstOf === null ? null : worst,
          group: worstOf?.group ?? null,
          ...limits,
          longestOverAlertMs,
          hourlyWorst: [...hourly].map(([hour, work]) => [hour * HOUR_MS, work]),
          ...known.figures,
        },
      ),
  };
}

/** Guide, final table: average consumer lag, in messages. */
const AVERAGE_LAG_TARGET = 50;

/** Over the covered time; of several groups the highest average. */
export function averageLag(): CriterionFold {
  const known = new Known();
  const sums = new PerGroup(() => ({ group: '', weighted: 0, coveredMs: 0 }));
  return {
    add({ groups, modules }, { coveredMs }) {
      for (const [place, group] of groups.entries()) {
        if (!isMeant(group, null) || !isInUse(group, modules)) continue;
        known.note(group.lag !== null);
        const sum = sums.of(group, place);
        sum.group = group.group;
        sum.weighted += workOfGroup(group) * coveredMs;
        sum.coveredMs += coveredMs;
      }
    },
    verdict() {
      const [highest] = sums
        .all()
        .flatMap(({ group, weighted, coveredMs }) =>
          coveredMs === 0 ? [] : [{ group, average: weighted / coveredMs }],
        )
        .sort((a, b) => b.average - a.average);
      const average = highest?.average ?? null;
      return verdictOf(
        'lag-average',
        {
          broken: average !== null && average >= AVERAGE_LAG_TARGET,
          seen: average !== null && known.isEnough,
        },
        {
          fail: `${highest?.group} had a higher backlog on average`,
          pass: 'the average backlog is below its target',
        },
        { average, group: highest?.group ?? null, target: AVERAGE_LAG_TARGET, ...known.figures },
      );
    },
  };
}

/** An entry that is in hand for longer than this does not come back by itself. */
const STUCK_AFTER_MS = 60_000;

/** Guide, phase 2, step 4: pending returns to 0, so that no entry stays in hand and none is parked. */
export function pendingReturns(module: string | null): CriterionFold {
  const stuck = new PerGroup(() => new Sustained());
  const seen = new Known();
  let longestMs = 0;
  let [parked, pending] = [0, 0];
  return {
    add({ groups, modules, clock }, stretch) {
      let [read, parkedNow, pendingNow] = [0, 0, 0];
      for (const [place, group] of groups.entries()) {
        if (!isMeant(group, module) || !isInUse(group, modules)) continue;
        read += 1;
        parkedNow += group.parked;
        pendingNow += group.pending - group.parked;
        const old = (group.oldestPendingMs ?? 0) > STUCK_AFTER_MS;
        const sustained = stuck.of(group, place);
        sustained.update(group.pending > group.parked && old, stretch);
        longestMs = Math.max(longestMs, sustained.heldMs ?? 0);
      }
      seen.note(clock === 'redis' && read > 0);
      if (read > 0) [parked, pending] = [parkedNow, pendingNow];
    },
    verdict: () =>
      verdictOf(
        'pending',
        { broken: longestMs > 0 || parked > 0, seen: seen.isEnough },
        {
          fail:
            parked > 0 ? `${parked} parked messages are not settled` : 'an entry stayed in hand',
          pass: 'what was delivered was acknowledged',
        },
        { pending, parked, longestStuckMs: longestMs, ...seen.figures },
      ),
  };
}

function isMeant({ module, side }: GroupSample, meant: string | null): boolean {
  return side === 'target' && module !== null && (meant === null || module === meant);
}
