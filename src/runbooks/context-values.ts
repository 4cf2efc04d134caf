import {
  type ModulePlan,
  otherSide,
  type Plan,
  type PublisherPlan,
  type SideName,
} from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';

/** What one run is about, beside the plan. */
export interface RunSubject {
  readonly run: { readonly id: string; readonly now: string };
  readonly module?: ModulePlan;
  /** The streams of the module, as they were found. */
  readonly streams?: readonly ModuleStream[];
  readonly publisher?: PublisherPlan;
  readonly giving: SideName;
  /** Without a secret. */
  readonly redisUrl: string;
}

export interface ModuleStream {
  readonly type: string;
  readonly stream: string;
  /** The module's group of either side on this stream. */
  readonly source: string;
  readonly target: string;
}

/**
 * Everything a template may look up, and nothing else. `modules` and `publishers` are lists for a step
 * that is repeated for each, with `name` and `service`. `module` and `publisher` are there only in runs
 * that are about one; `source`, `target`, `giving` and `receiving` carry the module's group of that side.
 */
export function contextValues(plan: Plan, subject: RunSubject): JsonObject {
  const { module, publisher, giving } = subject;
  const side = (name: SideName): JsonObject => ({
    name: plan[name].name,
    service: plan[name].service,
    resumesPending: plan[name].resumesPending,
    log: plan[name].log,
    url: plan[name].url,
    side: name,
    group: module?.groups[name] ?? null,
  });
  return {
    run: { ...subject.run },
    ...(module && { module: moduleValues(module, subject.streams ?? []) }),
    ...(publisher && {
      publisher: {
        name: publisher.name,
        service: publisher.service,
        settings: publisher.settings.map((setting) => ({ ...setting })),
      },
    }),
    modules: inOrder(plan.modules, giving),
    publishers: inOrder(plan.publishers, giving),
    source: side('source'),
    target: side('target'),
    giving: side(giving),
    receiving: side(otherSide(giving)),
    streams: { ...plan.streams },
    redis: { url: subject.redisUrl },
    thresholds: { ...plan.thresholds },
    soak: { ...plan.soak },
  };
}

/** In the order in which a run takes them: the way back begins with what was moved last. */
function inOrder(
  services: readonly { readonly name: string; readonly service: string }[],
  giving: SideName,
): JsonObject[] {
  const items = services.map(({ name, service }) => ({ name, service }));
  return giving === 'source' ? items : items.reverse();
}

function moduleValues(module: ModulePlan, streams: readonly ModuleStream[]): JsonObject {
  const { name, risk, service, log, settings, tests } = module;
  return {
    name,
    risk,
    service,
    log,
    settings: settings.map((setting) => ({ ...setting })),
    tests: tests && { command: tests.command, cwd: tests.cwd, env: tests.env },
    streams: streams.map(({ type, stream, source, target }) => ({ type, stream, source, target })),
  };
}
