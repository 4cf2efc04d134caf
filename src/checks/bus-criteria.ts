import type { Thresholds } from '../facts/index.js';
import { type CriterionFold, Known, verdictOf } from './criterion.js';
import { Sustained } from './sample-clock.js';
import { Trend } from './trend.js';

/* What the guide asks of the target bus itself. */

/** Guide, phase 1: it runs without a crash. A process that has another pid was started again. */
export function noCrash(): CriterionFold {
  const known = new Known();
  let [pid, restarts, failures] = [null as number | null, 0, 0];
  return {
    add({ target }) {
      known.note(target.pid !== null || target.service === 'failed');
      if (target.service === 'failed') failures += 1;
      if (target.pid !== null && pid !== null && target.pid !== pid) restarts += 1;
      pid = target.pid ?? pid;
    },
    verdict: () =>
      verdictOf(
        'no-crash',
        { broken: restarts + failures > 0, seen: known.isEnough },
        {
          fail: `the target bus crashed or was started again (${Math.max(restarts, 1)})`,
          pass: 'the target bus ran without a crash',
        },
        { restarts, failures, ...known.figures },
      ),
  };
}

/** Guide, "Key Metrics": the health endpoint answers 100 % of the time, alert below 99 %. */
export function health({ health: { target, alert } }: Thresholds): CriterionFold {
  const known = new Known();
  let [asked, healthy] = [0, 0];
  return {
    add({ target: bus }) {
      known.note(bus.healthy !== null);
      if (bus.healthy === null) return;
      asked += 1;
      if (bus.healthy) healthy += 1;
    },
    verdict() {
      const share = asked === 0 ? null : healthy / asked;
      return verdictOf(
        'health',
        { broken: share !== null && share < target, seen: known.isEnough },
        {
          fail: `the health endpoint answered ${healthy} times of ${asked}`,
          pass: `the health endpoint answered every time (${asked})`,
        },
        { share, target, alert, belowAlert: share !== null && share < alert, ...known.figures },
      );
    },
  };
}

/** Guide, final table: uptime. */
const UPTIME_TARGET = 0.999;

/** The share of the covered time in which the target bus was up and answered. */
export function uptime(): CriterionFold {
  const known = new Known();
  let [upMs, coveredMs, gaps] = [0, 0, 0];
  let wasUp = true;
  return {
    add({ target }, stretch) {
      const down = target.service === 'failed' || target.service === 'inactive';
      const isKnown = target.service === 'active' || down || target.healthy !== null;
      known.note(isKnown);
      if (!isKnown) return;
      const up = !down && target.healthy !== false;
      // Whatever lies between a look at which it was down and the next one counts as down.
      coveredMs += stretch.coveredMs;
      if (up && wasUp) upMs += stretch.coveredMs;
      if (!up && wasUp) gaps += 1;
      wasUp = up;
    },
    verdict() {
      const share = coveredMs === 0 ? null : upMs / coveredMs;
      return verdictOf(
        'uptime',
        {
          broken: share !== null && share < UPTIME_TARGET,
          seen: share !== null && known.isEnough,
        },
        { fail: 'the target bus was down too long', pass: 'the target bus was up' },
        { share, target: UPTIME_TARGET, upMs, coveredMs, gaps, downMs: coveredMs - upMs },
      );
    },
  };
}

/** Guide: memory below the target; the alert counts once it is sustained. */
export function memory({ memory: limits }: Thresholds): CriterionFold {
  const known = new Known();
  const overAlert = new Sustained();
  let [highest, newest, longestOverAlertMs] = [0, null as number | null, 0];
  return {
    add({ target: { rssBytes } }, stretch) {
      known.note(rssBytes !== null);
      overAlert.update(rssBytes === null ? null : rssBytes > limits.alertBytes, stretch);
      longestOverAlertMs = Math.max(longestOverAlertMs, overAlert.heldMs ?? 0);
      highest = Math.max(highest, rssBytes ?? 0);
      newest = rssBytes ?? newest;
    },
    verdict: () =>
      verdictOf(
        'memory',
        { broken: highest >= limits.targetBytes, seen: known.isEnough },
        { fail: 'memory was at or above its target', pass: 'memory stayed below its target' },
        {
          highestBytes: newest === null ? null : highest,
          newestBytes: newest,
          ...limits,
          longestOverAlertMs,
          alertSustained: longestOverAlertMs > limits.sustainedMs,
          ...known.figures,
        },
      ),
  };
}

/** What a process grows by while it warms up is no leak. */
const LEAK_SHARE = 0.05;

/**
 * Guide, burn-in: memory leaks. A leak is a slope: memory that grew by more than a twentieth of the
 * target, and would pass the target within another period as long as this one.
 */
export function memoryTrend({ memory: { targetBytes } }: Thresholds): CriterionFold {
  const known = new Known();
  const trend = new Trend();
  return {
    add({ atMs, target: { rssBytes } }) {
      known.note(rssBytes !== null);
      if (rssBytes !== null) trend.add(atMs, rssBytes);
    },
    verdict() {
      const line = trend.line;
      const grewBytes = line === null ? null : line.end - line.begin;
      const leaks =
        line !== null &&
        grewBytes !== null &&
        grewBytes > LEAK_SHARE * targetBytes &&
        line.end + grewBytes > targetBytes;
      return verdictOf(
        'memory-trend',
        { broken: leaks, seen: line !== null && known.isEnough },
        {
          fail: 'memory grows, and would pass its target within as long again',
          pass: 'memory does not grow towards its target',
        },
        { bytesPerHour: line === null ? null : line.slope * 3_600_000, grewBytes, targetBytes },
      );
    },
  };
}
