import { busHealth, type SideName, type SidePlan } from '../facts/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { changingPhaseKind, lookingPhaseKind } from './define-step.js';
import { servicesOn } from './services-on.js';
import type { PhaseContext } from './step-context.js';

/*
 * The two buses as services: brought up and made to start with the machine, or taken down and kept from
 * it. A bus without a service, or one that is not installed, has nothing to start: that is said.
 */

const SIDE: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['side'],
  properties: { side: { enum: ['source', 'target'] } },
};

/** The bus a step is about, by its argument. */
function busOf({ plan }: PhaseContext, { side }: JsonObject): SidePlan & { side: SideName } {
  const name = side === 'source' ? 'source' : 'target';
  return { ...plan[name], side: name };
}

/** Null where there is nothing that could be started or stopped. */
async function stateOf(
  context: PhaseContext,
  args: JsonObject,
): Promise<{ service: string; active: string; enabled: boolean | null } | null> {
  const { service } = busOf(context, args);
  if (service === null) return null;
  const { installed, active, enabled } = await context.services.state(service);
  return installed === false ? null : { service, active, enabled };
}

const isDown = ({ active }: { active: string }): boolean =>
  active === 'inactive' || active === 'failed';

export const busUp = changingPhaseKind({
  name: 'bus-up',
  summary: 'Starts a bus and makes it start with the machine.',
  schema: SIDE,
  async plan(context, args) {
    const state = await stateOf(context, args);
    if (state === null) return [];
    const { service, active, enabled } = state;
    return [
      ...(enabled === false ? [`enable ${service}`] : []),
      ...(active === 'active' ? [] : [`start ${service}`]),
    ];
  },
  capture: async (context, args) => ({ state: await stateOf(context, args) }),
  async satisfied(context, args) {
    const state = await stateOf(context, args);
    return state === null || (state.active === 'active' && state.enabled !== false) ? 'yes' : 'no';
  },
  async apply(context, _intent, _report, args) {
    const state = await stateOf(context, args);
    if (state === null) return { note: 'there is no service to start' };
    await context.services.enable(state.service);
    await context.services.start(state.service);
    return { state: await stateOf(context, args) };
  },
});

/** Guide, phase 3: stopped and disabled, and kept installed for a rollback. */
export const busDown = changingPhaseKind({
  name: 'bus-down',
  summary: 'Stops a bus and keeps it from starting with the machine; it stays installed.',
  schema: SIDE,
  async plan(context, args) {
    const state = await stateOf(context, args);
    if (state === null) return [];
    const { service, enabled } = state;
    return [
      ...(enabled === true ? [`disable ${service}`] : []),
      ...(isDown(state) ? [] : [`stop ${service}`]),
    ];
  },
  capture: async (context, args) => ({ state: await stateOf(context, args) }),
  async satisfied(context, args) {
    const state = await stateOf(context, args);
    return state === null || (isDown(state) && state.enabled !== true) ? 'yes' : 'no';
  },
  async apply(context, _intent, _report, args) {
    const state = await stateOf(context, args);
    if (state === null) return { note: 'there is no service to stop' };
    await expectUnused(context, args);
    await context.services.disable(state.service);
    await context.services.stop(state.service);
    return { state: await stateOf(context, args) };
  },
});

/** A service that could not be moved away goes on with its bus: to stop that would stop the service. */
async function expectUnused(context: PhaseContext, args: JsonObject): Promise<void> {
  const { side, service } = busOf(context, args);
  const left = await servicesOn(context, side);
  if (left.length === 0) return;
  throw new OrionError({
    kind: 'prerequisite',
    code: 'bus.in-use',
    message: `${service} was left running: ${left.join(', ')} still uses the ${side}.`,
    hint: 'Once that is put right, the same command stops it.',
    next: ['orion-bus status'],
  });
}

/** A bus may take some seconds to answer after its start. */
const HEALTHY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 200;

/** Guide, phase 1: the health endpoint answers. */
export const targetHealthy = lookingPhaseKind({
  name: 'target-healthy',
  summary: 'The target bus answers its health endpoint.',
  nature: 'check',
  describe: ({ plan }) =>
    plan.target.url === null
      ? 'the target bus has no health endpoint to ask'
      : `ask ${plan.target.url}/health`,
  async look({ plan, clock, signal }) {
    const { url, name } = plan.target;
    if (url === null) return { asked: false };
    const deadline = clock.now() + HEALTHY_WITHIN_MS;
    for (;;) {
      const health = await busHealth(url, HEALTHY_WITHIN_MS);
      if (health.ok) return { asked: true, milliseconds: health.milliseconds };
      if (clock.now() >= deadline) {
        throw new OrionError({
          kind: 'prerequisite',
          code: 'bus.unhealthy',
          message: `The target bus ${name} at ${url} is not healthy: ${health.problem}.`,
          hint: 'Its log tells why; target.url must be where it answers.',
          next: ['orion-bus validate'],
        });
      }
      await clock.sleep(ASK_EVERY_MS, signal);
      signal.throwIfAborted();
    }
  },
});
