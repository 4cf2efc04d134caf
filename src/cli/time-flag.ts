import { Flags } from '@oclif/core';
import { OrionError } from '../problems/index.js';

/** A flag such as `--since 2026-01-31` or `--until 2026-01-31T12:00:00Z`; its value is ms since 1970. */
export const timeFlag = Flags.custom<number>({
  helpValue: 'TIME',
  parse: async (typed) => {
    // A day alone is UTC by the standard; a time without a zone would be the host's, and a surprise.
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(typed);
    const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(
      typed,
    );
    const ms = Date.parse(typed);
    if ((isDay || isTime) && !Number.isNaN(ms)) return ms;
    throw new OrionError({
      kind: 'usage',
      code: 'usage.time',
      message: `${JSON.stringify(typed)} is no time.`,
      hint: 'A time is a day such as 2026-01-31, in UTC, or 2026-01-31T12:00:00Z.',
    });
  },
});
