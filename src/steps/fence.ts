import { lookAtFence } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { isHandedOver } from './active-side.js';
import { lookingKind } from './define-step.js';
import { findHandoffs } from './handoffs.js';
import { expectHeadroomLeft, untilRedisAnswers } from './redis-outage.js';
import type { StepContext } from './step-context.js';

/** Proof that nobody reads from the giving or the receiving groups any more. */
export const fence = lookingKind({
  name: 'fence',
  summary: 'Proves that the service is down and nobody reads any of the groups.',
  nature: 'fence',
  describe: ({ module }) => `prove that nobody reads the groups of ${module.name}`,
  async look(context) {
    if (await isHandedOver(context))
      return { verdict: 'pass', how: 'none', reason: 'on that side already' };
    await refuseRunningService(context);
    const look = await untilRedisAnswers(context, async () =>
      lookAtFence({
        link: context.redis,
        capabilities: context.capabilities,
        clock: context.clock,
        allowed: context.plan.handoff.probe,
        handoffs: await findHandoffs(context),
        clientsBefore: clientsSeenBefore(context),
        readBlockMs: context.plan.handoff.readBlockMs,
      }),
    );
    expectHeadroomLeft(context);
    const [intruder] = look.intruders;
    if (intruder !== undefined) {
      const who = [intruder.consumer ?? 'a connection', intruder.address, intruder.clientName];
      throw new OrionError({
        kind: 'fence',
        code: 'fence.reader',
        message: `${intruder.group} on ${intruder.stream} is still being read by ${who.filter(Boolean).join(', ')}.`,
        hint: 'Nothing was turned. Stop that reader, then try again.',
        next: ['orion-bus groups', 'orion-bus status'],
      });
    }
    return { verdict: look.verdict, how: look.how, reason: look.reason };
  },
});

async function refuseRunningService({ services, module }: StepContext): Promise<void> {
  const state = await services.state(module.service);
  if (state.active === 'inactive' || state.active === 'failed') return;
  throw new OrionError({
    kind: 'fence',
    code: 'fence.running',
    message: `The service ${module.service} is ${state.active}, although it was stopped.`,
    hint: 'Nothing was turned. Somebody started it in the pause.',
    next: ['orion-bus status'],
  });
}

/** The connections that read before the stop; on a way back those of the run that is taken back. */
export function clientsSeenBefore({ run }: StepContext): readonly string[] {
  return [run.earlier, run.undoing].flatMap((memory) => {
    const seen: JsonObject | null = memory.result('readers-seen');
    const clients = seen?.['clients'];
    return Array.isArray(clients) ? clients.map(String) : [];
  });
}
