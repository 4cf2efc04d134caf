import { type SideName, settingsSide } from '../facts/index.js';
import type { RunContext } from './step-context.js';

/** The modules and publishers some of whose settings point to a side, or cannot be read. */
export async function servicesOn(
  { plan }: Pick<RunContext, 'plan'>,
  side: SideName,
): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { name, settings } of [...plan.modules, ...plan.publishers]) {
    if (settings.length === 0) continue;
    const look = await settingsSide(settings);
    if (look.settings.some((setting) => setting.side === side || setting.side === null)) {
      names.add(name);
    }
  }
  return [...names];
}
