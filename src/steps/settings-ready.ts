import { settingsSide } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { checkEdits } from '../settings/index.js';
import { lookingKind } from './define-step.js';
import { settingEdits } from './edit-settings.js';

/** Every setting holds exactly the value that is to be replaced, and its file can be written. */
export const settingsReady = lookingKind({
  name: 'settings-ready',
  summary:
    'Each setting of the module holds the expected value once, in a file that can be edited.',
  nature: 'check',
  describe: ({ module, giving }) =>
    `look at the settings of ${module.name}: they must be ${giving}`,
  async look(context) {
    const { module, giving, receiving } = context;
    const look = await settingsSide(module.settings);
    // The pause of this very run may already have edited them, and a resume looks again.
    if (look.side === receiving) return { side: look.side };
    if (module.settings.length === 0) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'settings.none',
        message: `No settings are configured for ${module.name}, so nothing would decide what it reads.`,
        hint: 'Nothing was changed. Add settings to the module in the configuration.',
      });
    }
    await checkEdits(await settingEdits(context));
    return { side: giving };
  },
});
