import { groupIn, groupOf, lookAtStream, type StreamLook } from '../facts/index.js';
import { lossSampleOf, readStreamState, type StreamHandoff } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import {
  COUNT_BETWEEN,
  CREATE_GROUP,
  groupName,
  ownKeys,
  type streamKey,
  streamOfType,
} from '../redis/index.js';
import { isHandedOver } from './active-side.js';
import { changingKind } from './define-step.js';
import { findHandoffs } from './handoffs.js';
import { lastCursor } from './last-cursor.js';
import type { StepContext } from './step-context.js';

/*
 * The receiving groups are created last of all that comes before the stop, at the giving groups'
 * cursors, where they harm nobody. So a missing permission, a full memory or a wrong type shows while
 * nothing has changed. The intent holds what the groups owed and had lost when the run began.
 */
export const createGroups = changingKind({
  name: 'create-groups',
  summary: 'Creates each receiving group that does not exist, at the giving group’s cursor.',
  async plan(context) {
    if (await isHandedOver(context)) return ['nothing has to be handed over'];
    const creations = await missingGroups(context);
    if (creations.length === 0) return ['every group exists already'];
    return creations.map(({ stream, group, at }) => `create ${group} on ${stream} at ${at}`);
  },
  async capture(context) {
    if (await isHandedOver(context)) return { streams: [] };
    const handoffs = await findHandoffs(context);
    const streams: JsonObject[] = [];
    for (const handoff of handoffs) {
      const state = await readStreamState(context.redis, context.capabilities, handoff);
      streams.push({
        stream: handoff.stream,
        type: handoff.type,
        giving: handoff.giving,
        receiving: handoff.receiving,
        givingCursor: state.giving?.cursor ?? null,
        receivingCursor: state.receiving?.cursor ?? null,
        loss: lossSampleOf(state),
      });
    }
    return { streams };
  },
  satisfied: async (context) =>
    (await isHandedOver(context)) || (await missingGroups(context)).length === 0 ? 'yes' : 'no',
  async apply(context) {
    if (await isHandedOver(context)) return { created: [] };
    const creations = await missingGroups(context);
    const created: JsonObject[] = [];
    await context.guard(creations.map(({ stream }) => stream));
    for (const { stream, group, at } of creations) {
      const answer = await context.redis.script(
        CREATE_GROUP,
        [stream, ownKeys.tokenOf(stream)],
        [context.run.token, group, at],
      );
      created.push({ stream, group, at, answer: String(answer) });
    }
    return { created };
  },
  async verify(context) {
    const missing = (await isHandedOver(context)) ? [] : await missingGroups(context);
    return missing.map(({ stream, group }) => ({
      id: 'groups.created',
      status: 'fail',
      message: `the group ${group} does not exist on ${stream}`,
    }));
  },
});

interface Creation {
  readonly stream: ReturnType<typeof streamKey>;
  readonly group: string;
  readonly at: string;
}

async function missingGroups(context: StepContext): Promise<readonly Creation[]> {
  const creations: Creation[] = [];
  const handoffs = await findHandoffs(context);
  let repeated = 0;
  for (const handoff of handoffs) {
    const look = await lookAtStream(context.redis, context.capabilities, handoff.stream, {
      countCap: 0,
    });
    const giving = groupIn(look, handoff.giving);
    const receiving = groupIn(look, handoff.receiving);
    if (giving === null && receiving !== null) {
      const at = await lastCursor(context, look, handoff.giving, receiving.cursor);
      repeated += await entriesAfter(context, look, at);
      creations.push({ stream: look.stream, group: handoff.giving, at });
    } else if (giving !== null && receiving === null) {
      creations.push({ stream: look.stream, group: handoff.receiving, at: giving.cursor });
    }
  }
  if (repeated > context.options.acceptDuplicates) throw lostGivingGroup(context, repeated);
  return [...creations, ...(await bareStreams(context, handoffs))];
}

/** Listed streams that carry neither group: both are created where the operator said. */
async function bareStreams(
  context: StepContext,
  handoffs: readonly StreamHandoff[],
): Promise<readonly Creation[]> {
  const { module, plan, options, redis, capabilities } = context;
  if (options.missingGroup === null) return [];
  const bare = (module.subscribes ?? []).filter(
    (type) => !handoffs.some((handoff) => handoff.type === type),
  );
  const creations: Creation[] = [];
  for (const type of bare) {
    const look = await lookAtStream(redis, capabilities, streamOfType(plan.streams.prefix, type), {
      countCap: 0,
    });
    if (look.kind !== 'stream') continue;
    const at = options.missingGroup === 'beginning' ? '0-0' : look.lastGeneratedId;
    creations.push(
      { stream: look.stream, group: groupName(groupOf(module, type, context.giving)), at },
      { stream: look.stream, group: groupName(groupOf(module, type, context.receiving)), at },
    );
  }
  return creations;
}

async function entriesAfter(
  { redis, plan }: StepContext,
  look: StreamLook,
  cursor: string,
): Promise<number> {
  return Number(
    await redis.script(
      COUNT_BETWEEN,
      [look.stream],
      [`(${cursor}`, '+', 10 * plan.streams.maxLength + 1],
    ),
  );
}

function lostGivingGroup({ module, giving, options }: StepContext, repeated: number): OrionError {
  return new OrionError({
    kind: 'groups',
    code: 'groups.giving-lost',
    message: `The ${giving} group of ${module.name} is gone; going back from the other group’s cursor may repeat ${repeated} messages (accepted: ${options.acceptDuplicates}).`,
    hint: 'Nothing was changed. Everything after the last known cursor would be handled again.',
    next: [`orion-bus rollback --phase 2 --module ${module.name} --accept-duplicates ${repeated}`],
  });
}
