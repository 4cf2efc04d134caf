/*
 * What must be true of a module that is handed to and fro, whatever else happens, with no word of
 * Redis. A message is owed from when it was published until it is finished (acknowledged) or gone
 * (trimmed, deleted). The model knows three rules:
 *
 *   1. what the active group owes is exactly what is owed: nothing vanishes;
 *   2. a finished message is never delivered again;
 *   3. a message that was out before a handoff and is delivered again after it was announced. Each
 *      handoff may repeat as many as it announced; since one that was announced may stay undelivered
 *      for several handoffs, a repetition is put on the first one since it was last out that has any left.
 */

export class HistoryModel {
  readonly #streams: readonly StreamModel[];
  /** What each handoff may repeat still. The time before the first one needs none. */
  readonly #left: number[] = [];
  #again = 0;

  constructor(streams: number) {
    this.#streams = Array.from({ length: streams }, () => ({
      present: new Set(),
      finished: new Set(),
      lastOut: new Map(),
      inHand: new Map(),
    }));
  }

  published(stream: number, id: string): void {
    this.#at(stream).present.add(id);
  }

  /** Trimmed or deleted: whatever is not in `left` is gone. */
  left(stream: number, left: ReadonlySet<string>): void {
    const { present } = this.#at(stream);
    for (const id of present) if (!left.has(id)) present.delete(id);
  }

  /** @throws {Error} where rule 2 or 3 is broken */
  delivered(stream: number, id: string, consumer: string): void {
    const model = this.#at(stream);
    if (model.finished.has(id)) throw new Error(`${id} of ${stream} was finished, and came again`);
    const lastOut = model.lastOut.get(id) ?? this.#left.length;
    if (lastOut < this.#left.length) this.#repeated(stream, id, lastOut);
    model.lastOut.set(id, this.#left.length);
    model.inHand.set(id, consumer);
  }

  finished(stream: number, id: string): void {
    this.#at(stream).finished.add(id);
    this.#at(stream).inHand.delete(id);
  }

  /** A consumer was killed: what it had in hand it will never acknowledge. */
  died(consumer: string): void {
    for (const { inHand } of this.#streams) {
      for (const [id, holder] of inHand) if (holder === consumer) inHand.delete(id);
    }
  }

  /** The module was stopped, its groups were handed over, and it starts anew. */
  handedOver(announced: number): void {
    this.#left.push(announced);
    for (const { inHand } of this.#streams) inHand.clear();
  }

  /** The last handoff was undone after its turn, and so much more may come again because of it. */
  undone(more: number): void {
    const last = this.#left.length - 1;
    this.#left[last] = (this.#left[last] ?? 0) + more;
    for (const { inHand } of this.#streams) inHand.clear();
  }

  /** Published, still there and not finished; ascending. */
  owed(stream: number): readonly string[] {
    const { present, finished } = this.#at(stream);
    return inOrder([...present].filter((id) => !finished.has(id)));
  }

  present(stream: number): readonly string[] {
    return inOrder([...this.#at(stream).present]);
  }

  /** What live consumers have in hand, ascending. */
  inHand(stream: number): readonly string[] {
    return inOrder([...this.#at(stream).inHand.keys()]);
  }

  /** How many came again because of handoffs. */
  get again(): number {
    return this.#again;
  }

  #repeated(stream: number, id: string, lastOut: number): void {
    const handoff = this.#left.findIndex((left, at) => at >= lastOut && left > 0);
    if (handoff === -1) throw new Error(`${id} of ${stream} came again, and nobody announced it`);
    this.#left[handoff] = (this.#left[handoff] ?? 0) - 1;
    this.#again += 1;
  }

  #at(stream: number): StreamModel {
    const found = this.#streams[stream];
    if (found === undefined) throw new RangeError(`no stream ${stream}`);
    return found;
  }
}

interface StreamModel {
  readonly present: Set<string>;
  readonly finished: Set<string>;
  /** How many handoffs there had been when it was delivered last. */
  readonly lastOut: Map<string, number>;
  readonly inHand: Map<string, string>;
}

/** By the numbers of the ids; test ids are small. */
export function inOrder(ids: readonly string[]): readonly string[] {
  const key = (id: string): number[] => id.split('-').map(Number);
  return [...ids].sort((a, b) => {
    const [[aMs = 0, aSeq = 0], [bMs = 0, bSeq = 0]] = [key(a), key(b)];
    return aMs - bMs || aSeq - bSeq;
  });
}
