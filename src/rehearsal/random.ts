/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/**
 * A repeatable source of numbers: the same seed text gives the same sequence.
 * Mulberry32 (Tommy Ettinger, 2017) behind an FNV-1a hash of the text; good enough for content,
 * of no use for secrets.
 */
export function randomOf(seed: string): Random {
  let state = 0x811c9dc5;
  for (const character of seed) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function integerOf(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function choiceOf<T>(random: Random, first: T, ...rest: readonly T[]): T {
  return [first, ...rest][integerOf(random, rest.length + 1)] ?? first;
}

/** A version 4 uuid made of the given numbers. */
export function uuidOf(random: Random): string {
  const digits = Array.from({ length: 32 }, () => integerOf(random, 16));
  digits[12] = 4;
  digits[16] = 8 + integerOf(random, 4);
  const hex = digits.map((digit) => digit.toString(16)).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
