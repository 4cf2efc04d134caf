import {
  activeSide,
  activeStreams,
  type Check,
  type GroupEvidence,
  groupFindings,
  type ModuleStream,
} from '../checks/index.js';
import {
  discoverStreams,
  type FoundStream,
  type GroupLook,
  groupIn,
  lagAtLeast,
  lookAtReaders,
  lookAtStream,
  type ModulePlan,
  type PendingEntry,
  pendingEntries,
  type ReadersLook,
  readersOfGroup,
  type SideName,
  settingsSide,
} from '../facts/index.js';
import { PARKED_CONSUMER } from '../handoff/index.js';
import { type GroupName, type RedisLink, type StreamKey, streamKey } from '../redis/index.js';
import type { LiveValidateContext } from './validate-context.js';

const GROUP = 'consumer-groups' as const;

/** The groups every module reads with now, on the streams where they really are. */
export async function groupChecks(context: LiveValidateContext): Promise<readonly Check[]> {
  const { plan, redis, clock } = context;
  const found = await discoverStreams(redis, plan.streams.prefix);
  const readers = await lookAtReaders(redis, { clock, allowed: plan.handoff.probe });
  const checks: Check[] = [];
  for (const module of plan.modules) {
    checks.push(...(await moduleChecks(context, module, found, readers)));
  }
  return checks;
}

async function moduleChecks(
  context: LiveValidateContext,
  module: ModulePlan,
  found: readonly FoundStream[],
  readers: ReadersLook,
): Promise<readonly Check[]> {
  const settings = await settingsSide(module.settings);
  const notes: Check[] = [];
  if (settings.side === 'mixed' || settings.side === 'unreadable') {
    const bad = settings.settings.find(({ side }) => side === null);
    notes.push({
      id: `settings.${module.name}`,
      group: GROUP,
      status: 'warn',
      message: `the settings of ${module.name} do not say which group it reads${bad ? `: ${bad.found}` : ''}`,
    });
  }
  const side = activeSide(settings.side, module, found);
  const streams = activeStreams(module, found, side);
  if (streams.length === 0) {
    return [
      ...notes,
      {
        id: `group.${module.name}`,
        group: GROUP,
        status: 'fail',
        message: `no stream carries the ${side} group of ${module.name} (${module.groups[side]})`,
        hint: 'orion-bus groups lists the groups there are.',
      },
    ];
  }
  const active = await serviceActive(context, module);
  const checks: Check[] = [];
  for (const stream of streams) {
    const evidence = await groupEvidence(context, { module, stream, side, active, readers });
    if (evidence === null) continue;
    const findings = groupFindings(evidence, context.plan.thresholds);
    checks.push(...findings.map((finding) => ({ ...finding, group: GROUP })));
  }
  return [...notes, ...checks];
}

async function serviceActive(
  { services }: LiveValidateContext,
  module: ModulePlan,
): Promise<boolean | null> {
  try {
    const { active } = await services.state(module.service);
    if (active === 'unknown') return null;
    return active === 'active' || active === 'changing';
  } catch {
    // Without a service manager nothing can be said of the service; the groups still can be judged.
    return null;
  }
}

async function groupEvidence(
  context: LiveValidateContext,
  look: {
    module: ModulePlan;
    stream: ModuleStream;
    side: SideName;
    active: boolean | null;
    readers: ReadersLook;
  },
): Promise<GroupEvidence | null> {
  const { redis, capabilities, plan } = context;
  const key = streamKey(look.stream.stream);
  const group = look.stream[look.side];
  const seen = await lookAtStream(redis, capabilities, key, {
    countCap: plan.thresholds.lag.alert + 1,
  });
  if (seen.kind !== 'stream') return null;
  const found = groupIn(seen, group);
  const parked = [...(found?.pendingByConsumer ?? [])].find(([name]) => name === PARKED_CONSUMER);
  const readers =
    look.readers.how === 'seen'
      ? readersOfGroup(look.readers, { stream: key, group, database: redis.database })
      : null;
  return {
    module: look.module.name,
    type: look.stream.type,
    group,
    look: seen,
    found,
    parked: parked?.[1] ?? 0,
    oldestInHandMs: found === null ? null : await oldestInHand(redis, key, found.name),
    serviceActive: look.active,
    readers,
    anyClientReads: look.readers.clients.some(({ database }) => database === redis.database),
    stands: readers?.length === 0 && found !== null && (await stands(context, key, found)),
  };
}

/** Whether entries wait and nothing moves for as long as a reader blocks; asked only where none is seen. */
async function stands(
  { redis, capabilities, plan, clock }: LiveValidateContext,
  stream: StreamKey,
  before: GroupLook,
): Promise<boolean> {
  if (lagAtLeast(before.lag) + before.pending === 0) return false;
  await clock.sleep(plan.handoff.readBlockMs);
  const now = groupIn(
    await lookAtStream(redis, capabilities, stream, { countCap: plan.thresholds.lag.alert + 1 }),
    before.name,
  );
  return now?.cursor === before.cursor && now.pending === before.pending;
}

async function oldestInHand(
  redis: RedisLink,
  stream: StreamKey,
  group: GroupName,
): Promise<number | null> {
  const inHand = ({ consumer }: PendingEntry): boolean => consumer !== PARKED_CONSUMER;
  let oldest: number | null = null;
  for await (const page of pendingEntries(redis, stream, group)) {
    for (const entry of page.filter(inHand)) oldest = Math.max(oldest ?? 0, entry.idleMs);
  }
  return oldest;
}
