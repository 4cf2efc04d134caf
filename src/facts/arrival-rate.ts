import { COUNT_BETWEEN, millisecondsOf, type RedisLink } from '../redis/index.js';
import type { StreamLook } from './stream-look.js';

/** Entries a second that arrive on a stream, the higher of the last 10 s and the last 60 s. */
export type ArrivalRate =
  | { readonly known: true; readonly perSecond: number }
  | { readonly known: false; readonly reason: string };

/** From the longest down; the shortest is looked at only where the others hold more than is counted. */
const [LONG_MS, SHORT_MS, SHORTEST_MS] = [60_000, 10_000, 1_000];
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
  const long = await rateWithin(link, look, LONG_MS);
  const short = await rateWithin(link, look, SHORT_MS);
  if (!short.more) return { known: true, perSecond: Math.max(long.perSecond, short.perSecond) };
  const shortest = await rateWithin(link, look, SHORTEST_MS);
  if (!shortest.more) {
    return { known: true, perSecond: Math.max(short.perSecond, shortest.perSecond) };
  }
  return { known: false, reason: `more than ${MOST_TO_COUNT} entries arrived within a second` };
}

/** `more`: there were more than are counted, and so the rate is at least this. */
async function rateWithin(
  link: RedisLink,
  look: StreamLook,
  windowMs: number,
): Promise<{ perSecond: number; more: boolean }> {
  const from = look.atMs - windowMs;
  const count = Number(
    await link.script(COUNT_BETWEEN, [look.stream], [`${from}-0`, '+', MOST_TO_COUNT]),
  );
  const trimmed = look.length === count && (look.entriesAdded ?? count) > count;
  const spanMs =
    trimmed && look.firstId !== null ? look.atMs - millisecondsOf(look.firstId) : windowMs;
  const perSecond = count / (Math.max(spanMs, SHORTEST_MS) / 1_000);
  return { perSecond, more: count === MOST_TO_COUNT };
}
