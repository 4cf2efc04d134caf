import { fileText } from './file-text.js';
import { formatOf, locate } from './locate-value.js';
import { Refusal, shown } from './refusal.js';
import type { SettingPlace, SettingReading } from './setting-place.js';
import { readSettingsFile } from './settings-file.js';

/**
 * The value of a setting as it is now, or why there is none to rely on; never throws for a file.
 * @param candidates the values it may have. `text` looks for these and for nothing else; for the
 *   other formats they only serve the wording of a problem.
 */
export async function readSetting(
  place: SettingPlace,
  candidates: readonly string[] = [],
): Promise<SettingReading> {
  try {
    const { bytes } = await readSettingsFile(place.file);
    const { text, view, unview } = fileText(bytes, place);
    const format = formatOf(place, candidates.map(view));
    const wanted = candidates.map((value) => shown(value, place.key)).join(' or ');
    const found = locate(text, place, format, `expected ${wanted === '' ? 'a value' : wanted}`);
    return { value: unview(found.value), problem: null };
  } catch (error) {
    if (error instanceof Refusal) return { value: null, problem: error.problem };
    throw error;
  }
}

/** Which side a setting points to now: neither is `other`, and `unreadable` has a problem. */
export async function readSettingSide(
  setting: SettingPlace & { readonly source: string; readonly target: string },
): Promise<{
  readonly side: 'source' | 'target' | 'other' | 'unreadable';
  readonly reading: SettingReading;
}> {
  const reading = await readSetting(setting, [setting.source, setting.target]);
  if (reading.value === null) return { side: 'unreadable', reading };
  if (reading.value === setting.source) return { side: 'source', reading };
  return { side: reading.value === setting.target ? 'target' : 'other', reading };
}
