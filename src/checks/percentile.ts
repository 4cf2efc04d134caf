/*
 * A percentile of any number of values in little memory: values are counted in buckets, each a tenth
 * wider than the one before, so that the answer is at most a tenth above the truth.
 */

const SMALLEST = 0.1;
const GROWTH = 1.1;

export class Percentile {
  readonly #weights = new Map<number, number>();
  #total = 0;

  add(value: number, weight: number): void {
    if (weight <= 0) return;
    const bucket = value <= SMALLEST ? 0 : Math.ceil(Math.log(value / SMALLEST) / Math.log(GROWTH));
    this.#weights.set(bucket, (this.#weights.get(bucket) ?? 0) + weight);
    this.#total += weight;
  }

  /** The value that a share of all is at or below; null of none. */
  at(share: number): number | null {
    let seen = 0;
    for (const [bucket, weight] of [...this.#weights].sort(([a], [b]) => a - b)) {
      seen += weight;
      if (seen >= share * this.#total) return SMALLEST * GROWTH ** bucket;
    }
    return null;
  }
}
