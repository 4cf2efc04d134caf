const MS_OF: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

/**
 * Reads a span of time as systemctl prints it, such as `1min 30s` (systemd.time(7)).
 * @returns milliseconds; null for `infinity` and for what cannot be read
 */
export function parseTimeSpan(text: string): number | null {
  const parts = text.trim().split(/\s+/);
  let total = 0;
  for (const part of parts) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part) ?? [];
    const factor = MS_OF[unit ?? ''];
    if (part === '0' && parts.length === 1) return 0;
    if (number === undefined || factor === undefined) return null;
    total += Number(number) * factor;
  }
  return total;
}
