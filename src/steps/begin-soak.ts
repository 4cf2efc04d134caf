import { redisTimeMs } from '../facts/index.js';
import { changingKind } from './define-step.js';

/** The soak begins when flow has passed, by Redis's clock. */
export const beginSoak = changingKind({
  name: 'begin-soak',
  summary: 'Begins the soak of the module.',
  plan: async ({ module, plan }) => [
    `begin the soak of ${module.name}: ${Math.round(plan.soak.moduleMs / 1_000)} s`,
  ],
  capture: async () => ({}),
  satisfied: async () => 'no',
  async apply({ redis, plan }) {
    return { sinceMs: await redisTimeMs(redis), lengthMs: plan.soak.moduleMs };
  },
});
