import { logPosition } from '../facts/index.js';
import { changingKind } from './define-step.js';
import { wantsRunning } from './ran-before.js';

/** Releases the hold and starts the module again, if it ran before or the operator asked for it. */
export const start = changingKind({
  name: 'start',
  summary: 'Releases the service and starts it on its new settings.',
  pause: 'ends',
  async plan(context) {
    const { module } = context;
    return [
      (await wantsRunning(context))
        ? `start ${module.service}`
        : `leave ${module.service} down, as it was`,
    ];
  },
  async capture({ services, module, clock }) {
    const { active, mainPid } = await services.state(module.service);
    const log = await logPosition(module.log, module.service, clock.now());
    return { active, mainPid, log: { ...log } };
  },
  async satisfied(context) {
    const { services, module } = context;
    // Where nobody can tell whether it is held, it is released: nothing else ever would.
    if ((await services.held(module.service)) !== false) return 'no';
    const { active } = await services.state(module.service);
    return active === 'active' || !(await wantsRunning(context)) ? 'yes' : 'no';
  },
  async apply(context) {
    const { services, module } = context;
    await services.release(module.service);
    if (!(await wantsRunning(context))) return { started: false };
    await services.start(module.service);
    const { active, mainPid } = await services.state(module.service);
    return { started: true, active, mainPid };
  },
});
