/**
 * Counts the entries that groups lost by trimming. Redis shows them only until the group reads on, so what
 * is seen to grow is added up; what came and went between two looks is not seen.
 */
export class TrimmedTotal {
  readonly #seen = new Map<string, { now: number; total: number }>();

  /**
   * @param now how many are to be seen now, null where the counters cannot tell
   * @returns all that were seen since the start; those of the first look were there before
   */
  note(stream: string, group: string, now: number | null): number {
    const key = JSON.stringify([stream, group]);
    const before = this.#seen.get(key) ?? { now: 0, total: 0 };
    if (now === null) return before.total;
    const total = before.total + Math.max(0, now - before.now);
    this.#seen.set(key, { now, total });
    return total;
  }
}
