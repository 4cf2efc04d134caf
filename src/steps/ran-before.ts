import type { ServiceState } from '../services/index.js';
import { goesBack } from './goes-back.js';
import type { RunView, StepContext } from './step-context.js';

/*
 * Whether the module ran before anybody touched it. The pause begins with the hold: a module that
 * crashes from there on stays down, and a later look would take that for how it had been. So the first
 * look is kept in the before-images, and handed on from run to run until one of them ends well.
 */

/** What a before-image says of it, to be kept there as `ran`. */
export async function ranBefore({ run, services, module }: StepContext): Promise<boolean> {
  return remembered(run) ?? isUp(await services.state(module.service));
}

/**
 * Whether it is to run in the end: as it did before, or because the operator asked for it. What is taken
 * back leaves it as it was found: who asked for the start asked for the new side.
 */
export async function wantsRunning(context: StepContext): Promise<boolean> {
  return (context.options.start && !goesBack(context)) || ranBefore(context);
}

/** The oldest first: what an unfinished run before this one saw came before all of this one. */
function remembered({ undoing, earlier }: RunView): boolean | null {
  for (const memory of [undoing, earlier]) {
    for (const step of ['hold', 'stop']) {
      const ran = memory.intent(step)?.['ran'];
      if (typeof ran === 'boolean') return ran;
    }
  }
  return null;
}

/** A unit between two attempts of its `Restart=` is meant to run, however badly it does. */
const isUp = ({ active }: ServiceState): boolean => active === 'active' || active === 'changing';
