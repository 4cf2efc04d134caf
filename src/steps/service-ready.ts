import { OrionError } from '../problems/index.js';
import { lookingKind } from './define-step.js';

/** The module runs, or the operator said that it may be down. */
export const serviceReady = lookingKind({
  name: 'service-ready',
  summary: 'The module’s service is active, unless --start allows it to be down.',
  nature: 'check',
  describe: ({ module }) => `look at the service ${module.service}`,
  async look(context) {
    const { services, module, options, run } = context;
    const state = await services.state(module.service);
    // Inside the pause of this run it is down because this run stopped it.
    const stoppedByUs = run.earlier.intent('stop') !== null;
    if (state.installed === false) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'service.not-installed',
        message: `The service ${module.service} of ${module.name} is not installed here.`,
        hint: 'Nothing was changed.',
        next: ['orion-bus status'],
      });
    }
    if (state.active !== 'active' && !stoppedByUs && !options.start) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'service.not-running',
        message: `The service ${module.service} of ${module.name} is ${state.active}, not active.`,
        hint: 'Nothing was changed. A module that is down may be moved with --start.',
        next: [`orion-bus migrate ${module.name} --start`, 'orion-bus status'],
      });
    }
    return { active: state.active, mainPid: state.mainPid };
  },
});
