import { type SettingPlan, type SideName, settingsSide } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { editSettings, type SettingEdit } from '../settings/index.js';
import { changingKind } from './define-step.js';
import type { StepContext } from './step-context.js';

/**
 * Points the settings to where this run brings them: those that decide with which group the module
 * reads, and those that decide where the same service publishes to. All of them, or none.
 */
export const editSettingsStep = changingKind({
  name: 'edit-settings',
  summary:
    'Edits the settings that decide with which group the service reads and where it publishes.',
  async plan(context) {
    const edits = await settingEdits(context);
    if (edits.length === 0) return [`the settings point to the ${context.receiving} already`];
    return edits.map(
      ({ place, from, to }) => `edit ${place.file}: ${place.key ?? 'text'} ${from} → ${to}`,
    );
  },
  async capture(context) {
    const { settings } = await settingsSide(context.module.settings);
    return {
      settings: settings.map(({ file, key, found }) => ({ file, key, found })),
      edits: (await settingEdits(context)).map(({ place, from, to }) => ({
        file: place.file,
        key: place.key,
        from,
        to,
      })),
    };
  },
  satisfied: async (context) => ((await misplaced(context)).length === 0 ? 'yes' : 'no'),
  async apply(context): Promise<JsonObject> {
    const files = await editSettings(await settingEdits(context));
    return { files: files.map((file) => ({ ...file })) };
  },
  async verify(context) {
    const wrong = await misplaced(context);
    if (wrong.length === 0) {
      return [
        { id: 'settings.side', status: 'pass', message: 'the settings point where they must' },
      ];
    }
    return wrong.map(({ found, wanted }) => ({
      id: 'settings.side',
      status: 'fail' as const,
      message: `the settings point to ${found}, not to the ${wanted}`,
    }));
  },
});

/** The edits still to be made; a setting that is where it must be already needs none. */
export async function settingEdits(context: StepContext): Promise<readonly SettingEdit[]> {
  const edits: SettingEdit[] = [];
  for (const { settings, from, to } of directions(context)) {
    const look = await settingsSide(settings);
    settings.forEach((setting, at) => {
      if (look.settings[at]?.side === to) return;
      const { file, format, key } = setting;
      edits.push({ place: { file, format, key }, from: setting[from], to: setting[to] });
    });
  }
  return edits;
}

interface Direction {
  readonly settings: readonly SettingPlan[];
  readonly from: SideName;
  readonly to: SideName;
}

/** What this run edits, and which way; a service that only publishes reads with no group. */
export function directions({
  module,
  giving,
  receiving,
  publishes,
}: Pick<StepContext, 'module' | 'giving' | 'receiving' | 'publishes'>): readonly Direction[] {
  const reads = { settings: module.settings, from: giving, to: receiving };
  return [reads, ...(publishes === null ? [] : [publishes])].filter(
    ({ settings }) => settings.length > 0,
  );
}

async function misplaced(
  context: StepContext,
): Promise<readonly { readonly found: string; readonly wanted: SideName }[]> {
  const wrong: { found: string; wanted: SideName }[] = [];
  for (const { settings, to } of directions(context)) {
    const { side } = await settingsSide(settings);
    if (side !== to) wrong.push({ found: side, wanted: to });
  }
  return wrong;
}
