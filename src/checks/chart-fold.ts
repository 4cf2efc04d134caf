import type { Sample } from '../evidence/index.js';
import { type Fold, isInUse, isLook, workOfGroup } from './fold.js';
import { PerGroup } from './per-group.js';
import type { SoakPeriod } from './soak-fold.js';

/** Figures over time, in as many steps as a page has room for; of each step the worst is kept. */
export interface Charts {
  /** Redis's time at the beginning of each step, in ms. */
  readonly times: readonly number[];
  readonly stepMs: number;
  /** `gap`: nobody looked. */
  readonly health: readonly ('up' | 'down' | 'gap')[];
  readonly memoryBytes: readonly (number | null)[];
  readonly healthMs: readonly (number | null)[];
  readonly publishP95Ms: readonly (number | null)[];
  readonly handlingMs: readonly (number | null)[];
  /** Of each group while its module reads with it. */
  readonly backlogs: readonly {
    readonly stream: string;
    readonly group: string;
    readonly values: readonly (number | null)[];
  }[];
}

interface Step {
  health: 'up' | 'down';
  readonly highest: Map<Figure, number>;
}

type Figure = 'memoryBytes' | 'healthMs' | 'publishP95Ms' | 'handlingMs';

const STEPS = 240;

export function chartFold({ sinceMs, nowMs }: SoakPeriod): Fold<Charts> {
  const stepMs = Math.max(1, (nowMs - sinceMs) / STEPS);
  const steps: (Step | undefined)[] = Array.from({ length: STEPS });
  const backlogs = new PerGroup((named) => ({
    ...named,
    values: Array.from({ length: STEPS }, (): number | null => null),
  }));
  return {
    add(sample) {
      if (!isLook(sample) || sample.atMs < sinceMs || sample.atMs > nowMs) return;
      const index = Math.min(STEPS - 1, Math.floor((sample.atMs - sinceMs) / stepMs));
      const step = steps[index] ?? { health: 'up', highest: new Map() };
      steps[index] = step;
      if (isDown(sample)) step.health = 'down';
      raise(step.highest, 'memoryBytes', sample.target.rssBytes);
      raise(step.highest, 'healthMs', sample.target.healthMs);
      for (const stream of sample.streams) {
        raise(step.highest, 'publishP95Ms', stream.publishP95Ms);
      }
      for (const [place, group] of sample.groups.entries()) {
        if (!isInUse(group, sample.modules)) continue;
        const { values } = backlogs.of(group, place);
        values[index] = Math.max(values[index] ?? 0, workOfGroup(group));
        raise(step.highest, 'handlingMs', group.handlingMs);
      }
    },
    outcome: () => {
      const figure = (name: Figure): (number | null)[] =>
        steps.map((step) => step?.highest.get(name) ?? null);
      return {
        times: steps.map((_, index) => sinceMs + index * stepMs),
        stepMs,
        health: steps.map((step) => step?.health ?? 'gap'),
        memoryBytes: figure('memoryBytes'),
        healthMs: figure('healthMs'),
        publishP95Ms: figure('publishP95Ms'),
        handlingMs: figure('handlingMs'),
        backlogs: backlogs.all(),
      };
    },
  };
}

function isDown({ target }: Sample): boolean {
  return target.healthy === false || target.service === 'failed' || target.service === 'inactive';
}

function raise<Name>(highest: Map<Name, number>, name: Name, value: number | null): void {
  if (value !== null) highest.set(name, Math.max(value, highest.get(name) ?? value));
}
