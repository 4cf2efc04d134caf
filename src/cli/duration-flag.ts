import { Flags } from '@oclif/core';
import { OrionError } from '../problems/index.js';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A flag such as `--min-idle 5m`; its value is milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (typed) => {
    const [, amount = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(typed) ?? [];
    const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
    if (Number.isSafeInteger(milliseconds)) return milliseconds;
    throw new OrionError({
      kind: 'usage',
      code: 'usage.duration',
      message: `${JSON.stringify(typed)} is no duration.`,
      hint: 'A duration is a number with ms, s, m, h or d, such as 500ms or 5m.',
    });
  },
});
