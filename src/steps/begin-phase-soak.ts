import { redisTimeMs } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { changingPhaseKind } from './define-step.js';
import type { PhaseContext } from './step-context.js';

/** Phase 1 and the burn-in are soaks as well: they begin when everything else has passed. */
export const beginPhaseSoak = changingPhaseKind({
  name: 'begin-phase-soak',
  summary: 'Begins the soak of phase 1, or the burn-in.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['soak'],
    properties: { soak: { enum: ['phase1', 'burn-in'] } },
  },
  plan: async (context, args) => [
    `begin ${args['soak'] === 'phase1' ? 'the soak of phase 1' : 'the burn-in'}: ${Math.round(lengthOf(context, args) / 1_000)} s`,
  ],
  capture: async () => ({}),
  satisfied: async () => 'no',
  apply: async (context, _intent, _report, args) => ({
    sinceMs: await redisTimeMs(context.redis),
    lengthMs: lengthOf(context, args),
  }),
});

const lengthOf = ({ plan }: PhaseContext, { soak }: JsonObject): number =>
  soak === 'phase1' ? plan.soak.phase1Ms : plan.soak.burnInMs;
