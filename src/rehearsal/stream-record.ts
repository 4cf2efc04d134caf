import { type EntryId, entryId, listOf, type RedisLink, textOf, ZERO_ID } from '../redis/index.js';

const PAGE = 1_000;

/**
 * Every entry that was seen in the streams, read from Redis itself: what a publisher was killed
 * too early to write down is in here all the same. `collect` is called often enough that trimming
 * never overtakes it.
 */
export class StreamRecord {
  readonly #redis: RedisLink;
  readonly #seen = new Map<string, { last: EntryId; readonly ids: Set<EntryId> }>();

  constructor(redis: RedisLink, streams: readonly string[]) {
    this.#redis = redis;
    for (const stream of streams) this.#seen.set(stream, { last: ZERO_ID, ids: new Set() });
  }

  /** Reads what was added since the last call. */
  async collect(): Promise<void> {
    for (const [stream, seen] of this.#seen) {
      for (;;) {
        const page = listOf(
          await this.#redis.command('XRANGE', stream, `(${seen.last}`, '+', 'COUNT', PAGE),
        );
        for (const entry of page) {
          seen.last = entryId(textOf(listOf(entry)[0]));
          seen.ids.add(seen.last);
        }
        if (page.length < PAGE) break;
      }
    }
  }

  /** By stream, what was seen so far. */
  get ids(): ReadonlyMap<string, ReadonlySet<EntryId>> {
    return new Map([...this.#seen].map(([stream, { ids }]) => [stream, ids]));
  }
}
