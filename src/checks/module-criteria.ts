import type { Baseline, Sample } from '../evidence/index.js';
import type { Thresholds } from '../facts/index.js';
import { type CriterionFold, Known, verdictOf } from './criterion.js';
import { isInUse } from './fold.js';
import { isPublishedBy } from './published-by.js';

/* What the guide asks of a module on the target, compared with the baseline on the source. */

/** What the error lines of one module came to. */
interface ErrorCount {
  errors: number;
  critical: number;
  coveredMs: number;
}

/**
 * Guide: no increase in processing errors. More than the baseline and half of it break it, and so does
 * a critical one; without a baseline only the absence of all errors is no increase.
 * @param module null for all modules on the target
 */
export function errors(
  module: string | null,
  { errorIncrease }: Thresholds,
  baseline: Baseline | null,
): CriterionFold {
  const known = new Known();
  const counts = new Map<string, ErrorCount>();
  return {
    add({ modules }, { coveredMs }) {
      for (const each of modules) {
        if (each.settings !== 'target' || (module !== null && each.module !== module)) continue;
        known.note(each.errors !== null);
        if (each.errors === null) continue;
        const count = counts.get(each.module) ?? { errors: 0, critical: 0, coveredMs: 0 };
        count.errors += each.errors;
        count.critical += each.critical ?? 0;
        count.coveredMs += coveredMs;
        counts.set(each.module, count);
      }
    },
    verdict() {
      const rows = [...counts].map(([name, count]) => {
        const minutes = count.coveredMs / 60_000;
        const perMinute = minutes === 0 ? null : count.errors / minutes;
        const before = baseline?.errorsPerMinute[name] ?? null;
        const allowed = before === null ? null : before * (1 + errorIncrease);
        return { module: name, ...count, perMinute, baselinePerMinute: before, allowed };
      });
      const worst =
        rows.find(({ critical }) => critical > 0) ??
        rows.find(
          ({ perMinute, allowed }) => perMinute !== null && allowed !== null && perMinute > allowed,
        );
      const compared = rows.every(({ errors: found, allowed }) => found === 0 || allowed !== null);
      const all = rows.reduce((sum, row) => sum + row.errors, 0);
      return verdictOf(
        'errors',
        { broken: worst !== undefined, seen: known.isEnough && compared },
        {
          fail:
            (worst?.critical ?? 0) > 0
              ? `${worst?.module} had critical errors (${worst?.critical})`
              : `${worst?.module} had more errors than it had on the source`,
          pass: all === 0 ? 'no error was logged' : 'errors did not increase',
          unseen: compared ? 'its log could not be read often enough' : 'there is no baseline',
        },
        { modules: rows.map((row) => ({ ...row })), errorIncrease, ...known.figures },
      );
    },
  };
}

/** How far from the baseline a ratio may be; the guide has the same 50 % for errors. */
const SAME_WITHIN = 0.5;
/** Fewer than these are too few for a ratio to mean anything. */
const ENOUGH = 20;

/**
 * Guide, phase 2, step 4: module behaviour unchanged. What it handles of what is added to its streams,
 * and what it publishes and logs for what it handles, each as on the source: ratios, so that a busy
 * day is no other behaviour. What differs is never a failure by itself: somebody has to look.
 * @param service the module's service, after which the `source` of its messages is named
 */
export function behaviour(
  module: string,
  service: string,
  baseline: Baseline | null,
): CriterionFold {
  const known = new Known();
  const readBefore = new Map<string, number>();
  const addedBefore = new Map<string, number>();
  const streams = new Set<string>();
  let [handled, added, published, failed] = [0, 0, 0, 0];

  // Loops, because a week asks this of a million groups, and what they do not make needs no collecting.
  const addRead = ({ groups, modules }: Sample): void => {
    let [own, isKnown] = [0, true];
    for (const group of groups) {
      if (group.module !== module || !isInUse(group, modules)) continue;
      own += 1;
      isKnown &&= group.entriesRead !== null;
      streams.add(group.stream);
      handled += growth(readBefore, group.stream, group.entriesRead);
    }
    known.note(own > 0 && isKnown);
  };

  return {
    add(sample) {
      addRead(sample);
      for (const { stream, entriesAdded, bySource } of sample.streams) {
        const grown = growth(addedBefore, stream, entriesAdded);
        if (streams.has(stream)) added += grown;
        for (const source in bySource) {
          if (isPublishedBy(service, source)) published += bySource[source] ?? 0;
        }
      }
      failed += sample.modules.find((each) => each.module === module)?.errors ?? 0;
    },
    verdict() {
      const before = baseline === null ? null : beforeOf(baseline, module, service, streams);
      const ratios = [
        { ratio: 'handled/added', part: handled, whole: added, before: before?.handledPerAdded },
        { ratio: 'published/handled', part: published, whole: handled, before: before?.published },
        { ratio: 'errors/handled', part: failed, whole: handled, before: before?.errors },
      ].map(({ before: then = null, ...each }) => ({ ...each, before: then }));
      const other = ratios.find((each) => differs(each, each.ratio === 'errors/handled'));
      const compared = before !== null && handled >= ENOUGH && known.isEnough;
      return verdictOf(
        'behaviour',
        { broken: false, seen: compared && other === undefined },
        {
          fail: '',
          pass: 'it behaves as it did on the source',
          unseen:
            other !== undefined
              ? `${other.ratio} differs from the baseline by more than half`
              : 'there is nothing, or too little, to compare with',
        },
        { handled, added, published, errors: failed, ratios, ...known.figures },
      );
    },
  };
}

/** The same ratios in the baseline; null where it cannot tell. */
function beforeOf(
  baseline: Baseline,
  module: string,
  service: string,
  streams: ReadonlySet<string>,
): Readonly<Record<'handledPerAdded' | 'published' | 'errors', number | null>> {
  const handled = baseline.handledPerMinute[module] ?? null;
  const added = [...streams].map((stream) => baseline.messagesPerMinute[stream] ?? null);
  const all = added.some((each) => each === null)
    ? null
    : added.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const published = Object.entries(baseline.bySourcePerMinute)
    .filter(([source]) => isPublishedBy(service, source))
    .reduce((sum, [, perMinute]) => sum + perMinute, 0);
  const of = (part: number | null, whole: number | null): number | null =>
    part === null || whole === null || whole <= 0 ? null : part / whole;
  return {
    handledPerAdded: of(handled, all),
    published: of(published, handled),
    errors: of(baseline.errorsPerMinute[module] ?? null, handled),
  };
}

/** By how much a counter grew; 0 at its first reading and where it began anew. */
function growth(before: Map<string, number>, name: string, now: number | null): number {
  if (now === null) return 0;
  const grown = now - (before.get(name) ?? now);
  before.set(name, now);
  return Math.max(0, grown);
}

/** @param onlyMore fewer of it than before would be no reason to look */
function differs(
  {
    part,
    whole,
    before,
  }: Readonly<Record<'part' | 'whole', number>> & {
    readonly before: number | null;
  },
  onlyMore: boolean,
): boolean {
  if (before === null || Math.max(part, before * whole) < ENOUGH) return false;
  const more = part - before * whole;
  return (onlyMore ? more : Math.abs(more)) > SAME_WITHIN * before * whole;
}
