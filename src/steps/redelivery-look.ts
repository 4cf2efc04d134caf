import { streamsOf } from '../checks/index.js';
import { discoverStreams, lookAtStream, type ModulePlan } from '../facts/index.js';
import { lookAtRedelivery, type Redelivery } from '../handoff/index.js';
import { groupName, streamKey } from '../redis/index.js';
import { driftingGroups, readWatchMemory } from './sampling/watch-memory.js';
import type { RunContext } from './step-context.js';

/** What putting a module back by hand, without a turn, would come to (handoff 9). */
export interface RedeliveryLook {
  /** Messages that would be handled again, over all streams. */
  readonly count: number;
  readonly streams: readonly Redelivery[];
  /** Its source groups that `watch` does not keep warm any more, as `stream group`. */
  readonly drifting: readonly string[];
}

/**
 * @param modules those that are on the target
 * @throws {OrionError} when Redis does not answer
 */
export async function lookAtRedeliveries(
  { plan, redis, capabilities }: Pick<RunContext, 'plan' | 'redis' | 'capabilities'>,
  modules: readonly ModulePlan[],
): Promise<ReadonlyMap<string, RedeliveryLook>> {
  const looks = new Map<string, RedeliveryLook>();
  if (modules.length === 0) return looks;
  const found = await discoverStreams(redis, plan.streams.prefix);
  const drifted = driftingGroups(await readWatchMemory(plan.stateDir));
  for (const module of modules) {
    const streams: Redelivery[] = [];
    const drifting: string[] = [];
    for (const { stream, source, target } of streamsOf(module, found, 'source')) {
      const look = await lookAtStream(redis, capabilities, streamKey(stream), { countCap: 0 });
      const groups = { source: groupName(source), target: groupName(target) };
      const redelivery = await lookAtRedelivery(redis, look, groups);
      if (redelivery !== null) streams.push(redelivery);
      if (drifted.includes(`${stream} ${source}`)) drifting.push(`${stream} ${source}`);
    }
    const count = streams.reduce((sum, each) => sum + each.count, 0);
    looks.set(module.name, { count, streams, drifting });
  }
  return looks;
}
