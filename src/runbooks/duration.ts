import type { Json } from '../problems/index.js';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest wait a timer of this platform can hold: 24.8 days. */
const LONGEST_MS = 2_147_483_647;

/** Milliseconds of `30s`, or of a bound number (which is milliseconds already); null when it is no duration. */
export function durationMs(value: Json): number | null {
  const ms = typeof value === 'string' ? parsed(value) : value;
  return typeof ms === 'number' && Number.isInteger(ms) && ms > 0 && ms <= LONGEST_MS ? ms : null;
}

export const DURATION_RULE =
  'a duration such as 500ms, 30s, 5m, 24h or 7d, above 0 and at most 24d';

function parsed(text: string): number | null {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}
