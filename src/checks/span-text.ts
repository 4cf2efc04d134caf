const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A span of time as a verdict says it: `6 d 23 h`, `12 min`, `0.5 s`; two units at most. */
export function spanText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  let rest = ms;
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
