/*
 * Entry ids are `<milliseconds>-<sequence>`, both unsigned 64-bit, compared as a pair
 * (Redis documentation, "Redis Streams", Entry IDs). JavaScript numbers cannot hold them: BigInt does.
 */

/** The id of one stream entry, in full form such as `1700000000000-0`. */
export type EntryId = string & { readonly brand: 'EntryId' };

export const ZERO_ID = '0-0' as EntryId;

const MAX_SEQUENCE = (1n << 64n) - 1n;

/**
 * @throws {RangeError} when the text is no entry id in full form.
 */
export function entryId(text: string): EntryId {
  if (!isEntryId(text)) throw new RangeError(`not an entry id: ${JSON.stringify(text)}`);
  return text as EntryId;
}

export function isEntryId(text: string): boolean {
  if (!/^\d{1,20}-\d{1,20}$/.test(text)) return false;
  const [ms, sequence] = parts(text);
  return ms <= MAX_SEQUENCE && sequence <= MAX_SEQUENCE;
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareIds(a: EntryId, b: EntryId): number {
  const [aMs, aSequence] = parts(a);
  const [bMs, bSequence] = parts(b);
  if (aMs !== bMs) return aMs < bMs ? -1 : 1;
  if (aSequence !== bSequence) return aSequence < bSequence ? -1 : 1;
  return 0;
}

/** The greatest id below this one, whether or not such an entry exists; `0-0` has none and stays. */
export function predecessorOf(id: EntryId): EntryId {
  const [ms, sequence] = parts(id);
  if (sequence > 0n) return `${ms}-${sequence - 1n}` as EntryId;
  if (ms > 0n) return `${ms - 1n}-${MAX_SEQUENCE}` as EntryId;
  return ZERO_ID;
}

/** When the entry was added, in milliseconds of Redis's clock, for ids that Redis made itself. */
export function millisecondsOf(id: EntryId): number {
  return Number(parts(id)[0]);
}

function parts(id: string): [bigint, bigint] {
  const dash = id.indexOf('-');
  return [BigInt(id.slice(0, dash)), BigInt(id.slice(dash + 1))];
}
