import { COUNT_BETWEEN, millisecondsOf, type RedisLink } from '../redis/index.js';
import type { StreamLook } from './stream-look.js';

/** Entries a second that arrive on a stream, the higher of the last 10 s and the last 60 s. */
export type ArrivalRate =
  | { readonly known: true; readonly perSecond: number }
  | { readonly known: false; readonly reason: string };

const WINDOWS_MS = [10_000, 60_000] as const;
const MOST_TO_COUNT = 20_000;

/**
 * Ids carry the millisecond at which Redis added the entry, so the rate can be counted without
 * waiting. Where trimming has already taken part of a window, the window is what is left of it.
 */
export async function arrivalRate(link: RedisLink, look: StreamLook): Promise<ArrivalRate> {
  if (look.kind !== 'stream' || look.firstId === null) return { known: true, perSecond: 0 };
  if (millisecondsOf(look.lastGeneratedId) > look.atMs + 60_000) {
    return { known: false, reason: 'the stream has ids from the future' };
  }
  const rates: number[] = [];
  for (const windowMs of WINDOWS_MS) {
    const from = look.atMs - windowMs;
    const count = Number(
      await link.script(COUNT_BETWEEN, [look.stream], [`${from}-0`, '+', MOST_TO_COUNT]),
    );
    const trimmed = look.length === count && (look.entriesAdded ?? count) > count;
    const spanMs = trimmed ? Math.max(look.atMs - millisecondsOf(look.firstId), 1_000) : windowMs;
    rates.push(count / (spanMs / 1_000));
  }
  return { known: true, perSecond: Math.max(...rates) };
}
