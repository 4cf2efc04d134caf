import { isHandedOver } from './active-side.js';
import { changingKind } from './define-step.js';
import { ranBefore } from './ran-before.js';

/** From here to the start nobody, not even `Restart=`, may start the module on its old settings. */
export const hold = changingKind({
  name: 'hold',
  summary: 'Holds the service, so that nothing starts it during the pause.',
  // A service that is held and crashes stays down, so from here on nobody leaves it like that.
  pause: 'begins',
  plan: async ({ module }) => [`hold ${module.service}`],
  async capture(context) {
    const { services, module } = context;
    return { held: await services.held(module.service), ran: await ranBefore(context) };
  },
  async satisfied(context) {
    if (await isHandedOver(context)) return 'yes';
    return (await context.services.held(context.module.service)) === true ? 'yes' : 'no';
  },
  async apply({ services, module }) {
    await services.hold(module.service);
    return { held: await services.held(module.service) };
  },
});
