import { settingsSide } from '../facts/index.js';
import type { StepContext } from './step-context.js';

/**
 * Whether the module still has to be handed over: its settings point to the giving side. Where they
 * already point to the receiving one, a way back has nothing to hand over, and must not stop anything.
 */
export async function isHandedOver(context: StepContext): Promise<boolean> {
  if (context.handedOver !== null) return context.handedOver;
  const { side } = await settingsSide(context.module.settings);
  return side === context.receiving;
}
