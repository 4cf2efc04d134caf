import type { Baseline, Sample } from '../evidence/index.js';
import type { Thresholds } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { type CriterionFold, type CriterionName, Known, verdictOf } from './criterion.js';
import { isInUse } from './fold.js';
import { overrunBetween } from './overrun.js';
import { PerGroup } from './per-group.js';
import { Percentile } from './percentile.js';

/* What the guide asks of the messages: contracts, loss, latency, and where they run. */

/** Where fewer were checked than this share, no error among them says nothing of the others. */
const CHECKED_SHARE = 0.1;

/** Guide: zero contract errors, in the streams and in the log of the target bus. */
export function contracts({ contractErrors: alert }: Thresholds): CriterionFold {
  const known = new Known();
  let [checked, unchecked, violations, logErrors] = [0, 0, 0, 0];
  return {
    add({ streams, target, clock }) {
      known.note(clock === 'redis');
      for (const stream of streams) {
        checked += stream.checked;
        unchecked += stream.unchecked;
        violations += stream.violations;
      }
      logErrors += target.contractLogErrors ?? 0;
    },
    verdict() {
      const bad = violations + logErrors;
      const traffic = checked + logErrors;
      const ratio = traffic === 0 ? 0 : bad / traffic;
      return verdictOf(
        'contracts',
        {
          broken: bad > 0,
          seen: known.isEnough && checked >= CHECKED_SHARE * (checked + unchecked),
        },
        {
          fail: `${bad} of ${traffic} messages broke their contracts`,
          pass: `none of ${checked} messages broke its contract`,
          unseen: 'too few messages were checked',
        },
        { checked, unchecked, violations, logErrors, ratio, alert, aboveAlert: ratio > alert },
      );
    },
  };
}

/**
 * Guide: zero message loss, by the loss audit of each group that is read; a gap between samples that is
 * longer than the headroom leaves it in doubt.
 * @param module null for the groups of all modules
 */
export function loss(module: string | null): CriterionFold {
  const known = new Known();
  const kept = new PerGroup(({ stream, group }) => ({
    name: `${group} on ${stream}`,
    process: 0,
    before: null as number | null,
    lost: 0,
  }));
  const overrun = new Set<string>();
  let process = 0;
  let before: Sample | null = null;
  return {
    add(sample, stretch) {
      const { groups, modules, sinceMs } = sample;
      if (stretch.gap && before !== null && sample.clock === 'redis') {
        for (const group of overrunBetween(before, sample, module)) overrun.add(group);
      }
      if (sample.clock === 'redis') before = sample;
      // Each process counts from a base of its own.
      if (sinceMs === null) process += 1;
      for (const [place, group] of groups.entries()) {
        if (module !== null && group.module !== module) continue;
        if (!isInUse(group, modules)) continue;
        known.note(group.lost !== null);
        if (group.lost === null) continue;
        const of = kept.of(group, place);
        if (of.process !== process || of.before === null) {
          [of.process, of.before] = [process, sinceMs === null ? 0 : group.lost];
        }
        of.lost += Math.max(0, group.lost - of.before);
        of.before = group.lost;
      }
    },
    verdict() {
      const losing = kept.all().filter((each) => each.lost > 0);
      const lost = losing.reduce((sum, each) => sum + each.lost, 0);
      return verdictOf(
        'loss',
        { broken: lost > 0, seen: known.isEnough && overrun.size === 0 },
        {
          fail: `${lost} messages were lost`,
          pass: 'no message was lost',
          ...(overrun.size === 0
            ? {}
            : { unseen: 'between two samples more arrived than the headroom had room for' }),
        },
        {
          lost,
          groups: Object.fromEntries(losing.map((each) => [each.name, each.lost])),
          overrun: [...overrun],
          ...known.figures,
        },
      );
    },
  };
}

/** From a message's own timestamp to its entry, of the messages that were checked. */
export function publishLatency(thresholds: Thresholds): CriterionFold {
  const percentile = new Percentile();
  return {
    add({ streams }) {
      for (const { publishP95Ms, checked } of streams) {
        if (publishP95Ms !== null) percentile.add(publishP95Ms, checked);
      }
    },
    verdict: () => latencyVerdict('publish-latency', percentile, thresholds),
  };
}

/** From delivery to acknowledgement, of the groups that are read. */
export function subscribeLatency(thresholds: Thresholds): CriterionFold {
  const percentile = new Percentile();
  return {
    add({ groups, modules }) {
      for (const group of groups) {
        if (group.handlingMs !== null && isInUse(group, modules))
          percentile.add(group.handlingMs, 1);
      }
    },
    verdict: () => latencyVerdict('subscribe-latency', percentile, thresholds),
  };
}

/** Both latencies are estimates: a percentile of what each sample says of its own messages. */
function latencyVerdict(
  criterion: CriterionName,
  percentile: Percentile,
  { latencyP95Ms }: Thresholds,
): ReturnType<CriterionFold['verdict']> {
  const p95Ms = percentile.at(0.95);
  return verdictOf(
    criterion,
    { broken: p95Ms !== null && p95Ms >= latencyP95Ms, seen: p95Ms !== null },
    {
      fail: 'the 95th percentile is at or above its target',
      pass: 'the 95th percentile is below its target',
      unseen: 'no message was timed',
    },
    { p95Ms, target: latencyP95Ms, estimate: true },
  );
}

/**
 * Guide, phase 3: the target bus handles 100 % of the traffic. The source service is down, all
 * settings point to the target, and nobody publishes who did not before.
 */
export function traffic(baseline: Baseline | null): CriterionFold {
  const known = new Known();
  let [sourceActive, notOnTarget] = [0, 0];
  const writers = new Set<string>();
  return {
    add({ source, modules, streams, clock }) {
      known.note(clock === 'redis' && source.service !== 'unknown');
      if (source.service === 'active') sourceActive += 1;
      if (modules.some(({ settings }) => settings !== 'target')) notOnTarget += 1;
      for (const { bySource } of streams) for (const name in bySource) writers.add(name);
    },
    verdict() {
      const strangers = [...writers].filter(
        (name) => baseline !== null && !(name in baseline.bySourcePerMinute),
      );
      const figures: JsonObject = { sourceActive, notOnTarget, strangers, ...known.figures };
      return verdictOf(
        'traffic',
        { broken: sourceActive + notOnTarget > 0, seen: known.isEnough && strangers.length === 0 },
        {
          fail:
            sourceActive > 0
              ? 'the source bus was seen running'
              : 'a module was seen that was not on the target',
          pass: 'all traffic ran on the target',
          unseen:
            strangers.length > 0
              ? `a writer was seen that the baseline does not know: ${strangers.join(', ')}`
              : 'the source bus could not be looked at',
        },
        figures,
      );
    },
  };
}
