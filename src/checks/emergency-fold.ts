import type { Sample } from '../evidence/index.js';
import type { Thresholds } from '../facts/index.js';
import { type Fold, isInUse, isLook, workOfGroup } from './fold.js';
import { overrunBetween } from './overrun.js';
import { SampleClock, type Stretch, Sustained } from './sample-clock.js';

/*
 * The figures of the emergency criteria, as they are now. What has to be sustained is followed by the
 * clock; what is a rate is taken over the newest window, as long as a backlog has to last: a fault
 * that is over for that long is no emergency any more, and one in a burst of a second is none yet.
 */

export interface EmergencyFigures {
  /** Redis's clock at the newest sample, in ms; null before the first. */
  readonly atMs: number | null;
  /** Over how long the rates are taken, and how much of that samples cover, in ms. */
  readonly windowMs: number;
  readonly coveredMs: number;
  readonly bus: {
    readonly service: Sample['target']['service'] | null;
    readonly healthy: boolean | null;
    /** How long it has been down, and how long it has not answered, in ms; null where it does. */
    readonly downMs: number | null;
    readonly silentMs: number | null;
    /** Within the window, by its changed pid. */
    readonly restarts: number;
  };
  readonly memory: { readonly rssBytes: number | null; readonly overAlertMs: number | null };
  /** Entries read and checked, those passed over, those against their contract, lines in its log. */
  readonly contracts: {
    readonly checked: number;
    readonly unchecked: number;
    readonly violations: number;
    readonly logErrors: number;
  };
  /** Groups that are read on the target. */
  readonly lags: readonly {
    readonly stream: string;
    readonly group: string;
    readonly module: string;
    readonly work: number;
    readonly overAlertMs: number | null;
  }[];
  /** Modules on the target; null where their logs could not be read. */
  readonly errors: readonly {
    readonly module: string;
    readonly errors: number | null;
    readonly critical: number | null;
    readonly coveredMs: number;
  }[];
  /** Entries lost within the window by groups in use; null where nobody can tell. */
  readonly losses: readonly {
    readonly stream: string;
    readonly group: string;
    readonly module: string | null;
    readonly lost: number | null;
  }[];
}

/** One sample's share of the window. */
interface Part {
  readonly atMs: number;
  readonly stretch: Stretch;
  readonly restarts: number;
  readonly contracts: EmergencyFigures['contracts'];
  readonly errors: ReadonlyMap<string, Pick<Sample['modules'][number], 'errors' | 'critical'>>;
  readonly losses: ReadonlyMap<string, number | null>;
  /** Groups that trimming may have passed in the gap before it, so that nobody can tell. */
  readonly overrun: readonly string[];
}

/** Follows what the emergency criteria need; it holds the samples' figures of one window. */
export function emergencyFold(thresholds: Thresholds): Fold<EmergencyFigures> {
  const windowMs = thresholds.lag.sustainedMs;
  const clock = new SampleClock();
  const parts: Part[] = [];
  const overLag = new Map<string, Sustained>();
  const [overMemory, down, silent] = [new Sustained(), new Sustained(), new Sustained()];
  const lostBefore = new Map<string, number>();
  let pid: number | null = null;
  let newest: Sample | null = null;
  let newestByRedis: Sample | null = null;

  const lossesOf = ({ groups, modules, sinceMs }: Sample): Part['losses'] => {
    // Each process counts from a base of its own.
    if (sinceMs === null) lostBefore.clear();
    const used = groups.filter((group) => isInUse(group, modules));
    const losses = new Map(
      used.map((group) => {
        const base = lostBefore.get(keyOf(group)) ?? (sinceMs === null ? 0 : group.lost);
        return [keyOf(group), group.lost === null ? null : Math.max(0, group.lost - (base ?? 0))];
      }),
    );
    for (const group of groups) {
      if (group.lost !== null) lostBefore.set(keyOf(group), group.lost);
    }
    return losses;
  };

  const followLags = (sample: Sample, stretch: Stretch): void => {
    for (const group of sample.groups) {
      if (group.side !== 'target') continue;
      const key = keyOf(group);
      const sustained = overLag.get(key) ?? new Sustained();
      overLag.set(key, sustained);
      const over = workOfGroup(group) > thresholds.lag.alert;
      sustained.update(over && isInUse(group, sample.modules), stretch);
    }
  };

  return {
    add(sample) {
      if (!isLook(sample)) return;
      const stretch = clock.advance(sample);
      const { target } = sample;
      const restarted = pid !== null && target.pid !== null && target.pid !== pid;
      pid = target.pid ?? pid;
      overMemory.update(
        target.rssBytes === null ? null : target.rssBytes > thresholds.memory.alertBytes,
        stretch,
      );
      down.update(target.service === 'failed' || target.service === 'inactive', stretch);
      silent.update(target.healthy === null ? null : !target.healthy, stretch);
      followLags(sample, stretch);
      // The clock went back: what the parts say of "the newest window" is not known any more.
      if (stretch.wentBack) parts.length = 0;
      parts.push({
        atMs: sample.atMs,
        stretch,
        restarts: restarted ? 1 : 0,
        contracts: contractsOf(sample),
        errors: new Map(
          sample.modules
            .filter(({ settings }) => settings === 'target')
            .map(({ module, errors, critical }) => [module, { errors, critical }]),
        ),
        losses: lossesOf(sample),
        overrun:
          stretch.gap && newestByRedis !== null && sample.clock === 'redis'
            ? overrunBetween(newestByRedis, sample, null)
            : [],
      });
      if (sample.clock === 'redis') newestByRedis = sample;
      while ((parts[0]?.atMs ?? sample.atMs) <= sample.atMs - windowMs && parts.length > 1) {
        parts.shift();
      }
      newest = sample;
    },
    outcome: () => ({
      atMs: newest?.atMs ?? null,
      windowMs,
      coveredMs: sumOf(parts.map(({ stretch }) => stretch.coveredMs)),
      bus: {
        service: newest?.target.service ?? null,
        healthy: newest?.target.healthy ?? null,
        downMs: down.heldMs,
        silentMs: silent.heldMs,
        restarts: sumOf(parts.map(({ restarts }) => restarts)),
      },
      memory: { rssBytes: newest?.target.rssBytes ?? null, overAlertMs: overMemory.heldMs },
      contracts: {
        checked: sumOf(parts.map(({ contracts }) => contracts.checked)),
        unchecked: sumOf(parts.map(({ contracts }) => contracts.unchecked)),
        violations: sumOf(parts.map(({ contracts }) => contracts.violations)),
        logErrors: sumOf(parts.map(({ contracts }) => contracts.logErrors)),
      },
      lags: lagsOf(newest, overLag),
      errors: errorsOf(parts),
      losses: lossesIn(newest, parts),
    }),
  };
}

function contractsOf({ streams, target }: Sample): EmergencyFigures['contracts'] {
  return {
    checked: sumOf(streams.map(({ checked }) => checked)),
    unchecked: sumOf(streams.map(({ unchecked }) => unchecked)),
    violations: sumOf(streams.map(({ violations }) => violations)),
    logErrors: target.contractLogErrors ?? 0,
  };
}

function lagsOf(
  newest: Sample | null,
  overLag: ReadonlyMap<string, Sustained>,
): EmergencyFigures['lags'] {
  return (newest?.groups ?? []).flatMap((group) => {
    const { stream, module, side } = group;
    if (module === null || side !== 'target' || !isInUse(group, newest?.modules ?? [])) return [];
    const overAlertMs = overLag.get(keyOf(group))?.heldMs ?? null;
    return [{ stream, group: group.group, module, work: workOfGroup(group), overAlertMs }];
  });
}

function errorsOf(parts: readonly Part[]): EmergencyFigures['errors'] {
  const modules = [...(parts.at(-1)?.errors.keys() ?? [])];
  return modules.map((module) => {
    const known = parts.flatMap(({ errors, stretch }) => {
      const found = errors.get(module);
      return found === undefined || found.errors === null || stretch.gap
        ? []
        : [{ errors: found.errors, critical: found.critical ?? 0, coveredMs: stretch.coveredMs }];
    });
    const [errors, critical] =
      known.length === 0
        ? [null, null]
        : [sumOf(known.map((part) => part.errors)), sumOf(known.map((part) => part.critical))];
    return { module, errors, critical, coveredMs: sumOf(known.map((part) => part.coveredMs)) };
  });
}

function lossesIn(newest: Sample | null, parts: readonly Part[]): EmergencyFigures['losses'] {
  const used = (newest?.groups ?? []).filter((group) => isInUse(group, newest?.modules ?? []));
  return used.map((group) => {
    const known = parts.flatMap(({ losses }) => losses.get(keyOf(group)) ?? []);
    const name = `${group.group} on ${group.stream}`;
    const isOverrun = parts.some(({ overrun }) => overrun.includes(name));
    const sum = sumOf(known);
    const lost = known.length === 0 || (sum === 0 && isOverrun) ? null : sum;
    return { stream: group.stream, group: group.group, module: group.module, lost };
  });
}

function keyOf({ stream, group }: { readonly stream: string; readonly group: string }): string {
  return `${stream} ${group}`;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
