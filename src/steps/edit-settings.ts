import { settingsSide } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { editSettings, type SettingEdit } from '../settings/index.js';
import { changingKind } from './define-step.js';
import type { StepContext } from './step-context.js';

/** Points the module's settings to the receiving side: all of them, or none. */
export const editSettingsStep = changingKind({
  name: 'edit-settings',
  summary: 'Edits the settings that decide with which group the module reads.',
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
  satisfied: async (context) => {
    const { side } = await settingsSide(context.module.settings);
    return side === context.receiving ? 'yes' : 'no';
  },
  async apply(context): Promise<JsonObject> {
    const files = await editSettings(await settingEdits(context));
    return { files: files.map((file) => ({ ...file })) };
  },
  async verify(context) {
    const { side } = await settingsSide(context.module.settings);
    const good = side === context.receiving;
    return [
      {
        id: 'settings.side',
        status: good ? 'pass' : 'fail',
        message: good
          ? `the settings point to the ${side}`
          : `the settings point to ${side}, not to the ${context.receiving}`,
      },
    ];
  },
});

/** The edits still to be made; a setting that is on the receiving side already needs none. */
export async function settingEdits(context: StepContext): Promise<readonly SettingEdit[]> {
  const { module, giving, receiving } = context;
  const { settings } = await settingsSide(module.settings);
  return module.settings.flatMap((setting, at) => {
    if (settings[at]?.side === receiving) return [];
    const { file, format, key } = setting;
    return [{ place: { file, format, key }, from: setting[giving], to: setting[receiving] }];
  });
}
