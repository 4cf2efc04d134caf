import { lookAtReaders, lookAtStream, type ReadersLook, readersOfGroup } from '../facts/index.js';
import type { StreamHandoff } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { isHandedOver } from './active-side.js';
import { lookingKind } from './define-step.js';
import { goesBack } from './goes-back.js';
import { findHandoffs } from './handoffs.js';
import type { StepContext } from './step-context.js';

/**
 * Who reads before the stop: the module with its giving groups, nobody with the receiving ones. What
 * is seen here is what the fence waits to see gone.
 */
export const readersSeen = lookingKind({
  name: 'readers-seen',
  summary:
    'The running module is seen reading its groups here, and nobody reads the receiving ones.',
  nature: 'check',
  describe: ({ module, giving }) => `see who reads the ${giving} groups of ${module.name}`,
  async look(context) {
    if (await isHandedOver(context)) return { clients: [], readers: [] };
    const handoffs = await findHandoffs(context);
    const look = await lookAtReaders(context.redis, {
      clock: context.clock,
      allowed: context.plan.handoff.probe,
    });
    if (context.giving !== context.receiving) refuseReceivingReaders(context, handoffs, look);
    const giving = seen(context, handoffs, look, 'giving');
    const state = await context.services.state(context.module.service);
    const unseen = state.active === 'active' && look.how === 'seen' && giving.length === 0;
    // A module that runs and does not read is what one goes back for, so nobody is kept from it.
    if (unseen && !goesBack(context) && !(await somethingMoves(context, handoffs))) {
      throw nobodySeen(context, look);
    }
    return {
      how: look.how,
      reason: look.reason,
      clients: giving.flatMap((reader) => (reader.clientId === null ? [] : [reader.clientId])),
      readers: giving.map(({ group, consumer, address }) => ({ group, consumer, address })),
    };
  },
});

function seen(
  context: StepContext,
  handoffs: readonly StreamHandoff[],
  look: ReadersLook,
  side: 'giving' | 'receiving',
): ReturnType<typeof readersOfGroup> {
  return handoffs.flatMap((handoff) =>
    readersOfGroup(look, {
      stream: handoff.stream,
      group: handoff[side],
      database: context.redis.database,
    }),
  );
}

function refuseReceivingReaders(
  context: StepContext,
  handoffs: readonly StreamHandoff[],
  look: ReadersLook,
): void {
  const [intruder] = seen(context, handoffs, look, 'receiving');
  if (intruder === undefined) return;
  throw new OrionError({
    kind: 'fence',
    code: 'fence.receiving-read',
    message: `${intruder.consumer} at ${intruder.address} already reads the receiving group ${intruder.group}.`,
    hint: 'Nothing was changed. Stop that reader first: it would take messages away from the module.',
    next: ['orion-bus groups'],
  });
}

/** A busy module is not blocked in a read and so cannot be asked; then its cursor must move. */
async function somethingMoves(
  context: StepContext,
  handoffs: readonly StreamHandoff[],
): Promise<boolean> {
  const figures = async (): Promise<string> => {
    const looks = await Promise.all(
      handoffs.map(({ stream }) =>
        lookAtStream(context.redis, context.capabilities, stream, { countCap: 0 }),
      ),
    );
    return JSON.stringify(
      looks.map((look, at) =>
        look.groups
          .filter(({ name }) => name === handoffs[at]?.giving)
          .map(({ cursor, pending }): JsonObject => ({ cursor, pending })),
      ),
    );
  };
  const before = await figures();
  await context.clock.sleep(context.plan.handoff.readBlockMs, context.signal);
  return (await figures()) !== before;
}

function nobodySeen({ module, redis, giving }: StepContext, look: ReadersLook): OrionError {
  const elsewhere = look.clients.find(({ database }) => database !== redis.database);
  return new OrionError({
    kind: 'groups',
    code: 'readers.none',
    message: `${module.name} runs, but nobody reads its ${giving} groups on ${redis.url}.`,
    hint:
      elsewhere === undefined
        ? 'Nothing was changed. Is this the Redis server that the module uses?'
        : `Nothing was changed. Somebody reads in database ${elsewhere.database}; this is database ${redis.database}.`,
    next: ['orion-bus groups', 'orion-bus status'],
  });
}
