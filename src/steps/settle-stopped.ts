import { streamsOf } from '../checks/index.js';
import { discoverStreams } from '../facts/index.js';
import {
  carrierOf,
  type HandOverOptions,
  handOver,
  lookAtFence,
  type PlannedTurn,
  planHandOver,
  type StreamHandoff,
} from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { groupName, streamKey } from '../redis/index.js';
import { clientsSeenBefore } from './fence.js';
import type { StepContext } from './step-context.js';
import { turnIntent } from './turn-intent.js';

/*
 * A module that was stopped and is to be started again on the side it was on. What it had in hand at
 * the stop would stay pending for ever, since neither bus reads its own pending again; so its groups
 * are turned in place first. Nothing of this may keep the module from being started: where Redis does
 * not answer, or somebody else reads, the entries stay as they are, and `groups settle` is for later.
 */

/** What would be settled, as the turn's before-image. */
export async function settleIntent(context: StepContext): Promise<JsonObject> {
  return turnIntent(
    await unlessInTheWay(
      () => planned(context),
      () => [],
    ),
  );
}

export async function settleStopped(
  context: StepContext,
  onPlan: (turns: readonly PlannedTurn[]) => Promise<void>,
): Promise<JsonObject> {
  return unlessInTheWay(
    async () => {
      const stopped = await stoppedHandoffs(context);
      if (stopped.length === 0) return { settled: [], announced: 0 };
      const { intruders } = await fenceOf(context, stopped);
      const read = new Map(intruders.map((reader) => [reader.stream, reader]));
      const handoffs = stopped.filter(({ stream }) => !read.has(stream));
      await context.guard(handoffs.map(({ stream }) => stream));
      const { turns } = await handOver(optionsOf(context), handoffs, onPlan);
      return {
        settled: turns.map(({ state, plan }) => ({
          stream: state.handoff.stream,
          group: state.handoff.receiving,
          kind: plan.kind,
          cursor: plan.cursor,
        })),
        // Somebody else reads there, and what he has in hand is his to finish.
        left: [...read.values()].map((reader) => ({ ...reader })),
        announced: turns.reduce((sum, { plan }) => sum + plan.announced, 0),
      };
    },
    (problem) => ({ settled: [], announced: 0, problem }),
  );
}

async function planned(context: StepContext): Promise<readonly PlannedTurn[]> {
  return planHandOver(optionsOf(context), await stoppedHandoffs(context));
}

/** The groups the module reads next, each handing over to itself; none where it was never stopped. */
async function stoppedHandoffs(context: StepContext): Promise<readonly StreamHandoff[]> {
  const { plan, redis, services, module, receiving, run } = context;
  const before = run.undoing.intent('stop') ?? run.earlier.intent('stop');
  if (before?.['ran'] !== true) return [];
  const { active } = await services.state(module.service);
  if (active !== 'inactive' && active !== 'failed') return [];
  const found = await discoverStreams(redis, plan.streams.prefix);
  return streamsOf(module, found, receiving).map((stream) => {
    const group = groupName(stream[receiving]);
    return { stream: streamKey(stream.stream), type: stream.type, giving: group, receiving: group };
  });
}

function fenceOf(
  context: StepContext,
  handoffs: readonly StreamHandoff[],
): ReturnType<typeof lookAtFence> {
  return lookAtFence({
    link: context.redis,
    capabilities: context.capabilities,
    clock: context.clock,
    allowed: context.plan.handoff.probe,
    handoffs,
    clientsBefore: clientsSeenBefore(context),
    readBlockMs: context.plan.handoff.readBlockMs,
  });
}

function optionsOf({ redis, capabilities, run, plan, receiving }: StepContext): HandOverOptions {
  return {
    link: redis,
    capabilities,
    token: run.token,
    stateDir: plan.stateDir,
    carrier: carrierOf(plan[receiving]),
  };
}

async function unlessInTheWay<T>(
  work: () => Promise<T>,
  otherwise: (why: string) => T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const inTheWay =
      error instanceof OrionError &&
      (error.code === 'redis.unreachable' || error.code === 'handoff.changed');
    if (!inTheWay) throw error;
    return otherwise(error.message);
  }
}
