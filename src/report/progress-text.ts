import { formatCount, formatDuration } from './format.js';

/** Below this nobody can tell how fast it goes. */
const TOO_SOON_MS = 1_000;

/** `120,000 of 1,000,000 (12 %), 1 m 8 s left`; the time left is what the pace so far makes it. */
export function progressText(done: number, total: number, elapsedMs: number): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
  const so = `${formatCount(done)} of ${formatCount(total)} (${share} %)`;
  if (done === 0 || elapsedMs < TOO_SOON_MS || done >= total) return so;
  return `${so}, ${formatDuration((elapsedMs * (total - done)) / done)} left`;
}
