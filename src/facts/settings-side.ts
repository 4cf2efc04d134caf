import { readSettingSide } from '../settings/index.js';
import type { SettingPlan, SideName } from './plan.js';

/** Where the settings of a module or a publisher point. */
export interface SettingsLook {
  readonly side: SideName | 'mixed' | 'unreadable';
  readonly settings: readonly SettingLook[];
}

export interface SettingLook {
  readonly file: string;
  readonly key: string | null;
  readonly side: SideName | null;
  /** What stands there now, or why it cannot be read. */
  readonly found: string;
}

export async function settingsSide(settings: readonly SettingPlan[]): Promise<SettingsLook> {
  const looks = await Promise.all(settings.map(lookAtSetting));
  const sides = new Set(looks.map(({ side }) => side));
  if (sides.size === 0 || sides.has(null)) return { side: 'unreadable', settings: looks };
  const [only] = sides;
  return { side: sides.size === 1 && only ? only : 'mixed', settings: looks };
}

async function lookAtSetting(setting: SettingPlan): Promise<SettingLook> {
  const { file, key } = setting;
  const { side, reading } = await readSettingSide(setting);
  const found = reading.value ?? reading.problem?.message ?? 'nothing';
  return { file, key, side: side === 'source' || side === 'target' ? side : null, found };
}
