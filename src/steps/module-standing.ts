import {
  type MigrationHistory,
  type ModuleState,
  moduleState,
  streamsOf,
} from '../checks/index.js';
import {
  discoverStreams,
  lookAtReaders,
  type ModulePlan,
  type Plan,
  type ReadersLook,
  readersOfGroup,
  redisTimeMs,
  type SettingsLook,
  type SideName,
  settingsSide,
} from '../facts/index.js';
import type { Clock } from '../problems/index.js';
import type { RedisLink } from '../redis/index.js';

/** Where one module stands, with what it was seen by. */
export interface ModuleStanding {
  readonly module: ModulePlan;
  readonly state: ModuleState;
  readonly settings: SettingsLook;
  /** Sides on which readers were seen; null where nobody could look. */
  readonly readers: readonly SideName[] | null;
}

export interface StandingContext {
  readonly plan: Plan;
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly history: MigrationHistory;
}

/** Looks at settings and readers of every module and derives their states. */
export async function standings(
  context: StandingContext,
): Promise<ReadonlyMap<string, ModuleStanding>> {
  const { plan, redis, clock, history } = context;
  const readers = await lookAtReaders(redis, { clock, allowed: plan.handoff.probe });
  const found = await discoverStreams(redis, plan.streams.prefix);
  const nowMs = await redisTimeMs(redis);
  const result = new Map<string, ModuleStanding>();
  for (const module of plan.modules) {
    const settings = await settingsSide(module.settings);
    const sides = sidesRead(module, found, readers, redis.database);
    const state = moduleState({
      module: module.name,
      settings: settings.side,
      readers: sides,
      history: history.modules.get(module.name) ?? null,
      openRun: history.openPart ?? history.openRun,
      nowMs,
      soakMs: plan.soak.moduleMs,
    });
    result.set(module.name, { module, state, settings, readers: sides });
  }
  return result;
}

function sidesRead(
  module: ModulePlan,
  found: Parameters<typeof streamsOf>[1],
  readers: ReadersLook,
  database: number,
): readonly SideName[] | null {
  if (readers.how === 'skipped') return null;
  const sides: readonly SideName[] = ['source', 'target'];
  return sides.filter((side) =>
    streamsOf(module, found, side).some(
      (stream) =>
        readersOfGroup(readers, { stream: stream.stream, group: stream[side], database }).length >
        0,
    ),
  );
}
