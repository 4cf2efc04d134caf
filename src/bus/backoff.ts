/**
 * How long to wait before the next attempt: doubling, and half of it left to chance, so that many who
 * failed at the same moment do not come back at the same moment.
 * @param attempt from 0
 * @param random a number from 0 up to 1
 * @returns milliseconds
 */
export function backoff(attempt: number, firstMs: number, mostMs: number, random: number): number {
  // 2^30 is past every limit, and keeps an endless count of attempts finite.
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
