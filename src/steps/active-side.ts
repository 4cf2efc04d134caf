import { groupIn, lookAtStream, settingsSide } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { streamKey } from '../redis/index.js';
import { turnedStreams } from './look-again.js';
import type { StepContext } from './step-context.js';

/**
 * Whether nothing is left to hand over: the settings point to the receiving side already, or nobody
 * has read on the giving one. A way back must not stop or hand over anything then.
 */
export async function isHandedOver(context: StepContext): Promise<boolean> {
  if (context.handedOver !== null) return context.handedOver;
  const { side } = await settingsSide(context.module.settings);
  return side === context.receiving || isUntouched(context);
}

/**
 * Whether the module is down and its groups on the giving side stand where the undone run turned them:
 * it never read there. The receiving groups, from which that run took over, then say exactly what is
 * owed, also where somebody has read from them since; to hand over would repeat what he finished.
 */
async function isUntouched(context: StepContext): Promise<boolean> {
  const { run, redis, capabilities, services, module } = context;
  const turned = turnedStreams({ ...context, run: { ...run, earlier: run.undoing } });
  if (turned.length === 0) return false;
  const { active } = await services.state(module.service);
  if (active !== 'inactive' && active !== 'failed') return false;
  try {
    for (const { stream, receiving, cursor } of turned) {
      const look = await lookAtStream(redis, capabilities, streamKey(stream), { countCap: 0 });
      if (groupIn(look, receiving)?.cursor !== cursor) return false;
    }
    return true;
  } catch (error) {
    if (!(error instanceof OrionError) || error.code !== 'redis.unreachable') throw error;
    // Nobody can look, and the module must not stay down for that: the journal knows of no start.
    return run.undoing.intent('start') === null;
  }
}
