import { Flags } from '@oclif/core';
import { OrionError } from '../problems/index.js';

/** A flag such as `--outfile-mode 640`; its value is the permissions as a number. */
export const fileModeFlag = Flags.custom<number>({
  helpValue: 'MODE',
  parse: async (typed) => {
    if (/^0?[0-7]{3}$/.test(typed)) return Number.parseInt(typed, 8);
    throw new OrionError({
      kind: 'usage',
      code: 'usage.file-mode',
      message: `${JSON.stringify(typed)} is no file mode.`,
      hint: 'A mode is three octal digits, such as 644 or 640.',
    });
  },
});
