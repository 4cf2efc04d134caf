/* The units of the file. The schema has already refused whatever these patterns do not take. */

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 } as const;

/** A duration such as `500ms`, `30s`, `5m`, `24h` or `7d`, in milliseconds. */
export function millisecondsOf(text: string): number {
  return measure(text, MILLISECONDS);
}

/** A size such as `100MB`, or plain bytes, in bytes; MB is 2^20. */
export function bytesOf(size: string | number): number {
  return typeof size === 'number' ? size : measure(size, BYTES);
}

/** A percentage such as `1%`, as a ratio: 0.01. */
export function ratioOf(text: string): number {
  return Number(text.slice(0, -1)) / 100;
}

function measure(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}
