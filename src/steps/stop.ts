import { groupIn, lookAtStream } from '../facts/index.js';
import { isHandedOver } from './active-side.js';
import { changingKind } from './define-step.js';
import { findHandoffs } from './handoffs.js';
import { ranBefore } from './ran-before.js';

/** Stops the module and waits until it is really stopped. */
export const stop = changingKind({
  name: 'stop',
  summary: 'Stops the module’s service; what it had in hand is settled by the turn.',
  pause: 'begins',
  async plan(context) {
    const { plan, module } = context;
    if (await isHandedOver(context)) return [`leave ${module.service} as it is`];
    let pending = 0;
    let readers = 0;
    for (const handoff of await findHandoffs(context)) {
      const look = await lookAtStream(context.redis, context.capabilities, handoff.stream, {
        countCap: 0,
      });
      const group = groupIn(look, handoff.giving);
      pending += group?.pending ?? 0;
      readers += Math.max(1, group?.consumerCount ?? 0);
    }
    const bound = pending + plan.handoff.batch * readers;
    return [
      `stop ${module.service}`,
      `at most ${bound} messages in hand at the stop may be handled twice`,
    ];
  },
  async capture(context) {
    const { services, module } = context;
    const { active, mainPid, enabled } = await services.state(module.service);
    return { active, mainPid, enabled, ran: await ranBefore(context) };
  },
  async satisfied(context) {
    if (await isHandedOver(context)) return 'yes';
    const { active } = await context.services.state(context.module.service);
    return active === 'inactive' || active === 'failed' ? 'yes' : 'no';
  },
  async apply({ services, module, clock }) {
    // From the signal on, not from the end of the stop: messages wait from there.
    const stoppedAtMs = clock.now();
    await services.stop(module.service);
    return { active: (await services.state(module.service)).active, stoppedAtMs };
  },
});
