import { OrionError } from '../problems/index.js';
import { checkEdits } from '../settings/index.js';
import { lookingKind } from './define-step.js';
import { directions, settingEdits } from './edit-settings.js';

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
    // The pause of this very run may already have edited them, and a resume looks again.
    const edits = await settingEdits(context);
    if (directions(context).length === 0) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'settings.none',
        message: `No settings are configured for ${module.name}, so nothing would decide what it reads.`,
        hint: 'Nothing was changed. Add settings to the module in the configuration.',
      });
    }
    await checkEdits(edits);
    return { side: edits.length === 0 ? receiving : giving };
  },
});
