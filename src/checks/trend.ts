/** A straight line through points of time, by least squares; it holds six numbers. */
export class Trend {
  #count = 0;
  #meanX = 0;
  #meanY = 0;
  #varianceX = 0;
  #covariance = 0;
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;

  add(x: number, y: number): void {
    this.#count += 1;
    const dx = x - this.#meanX;
    this.#meanX += dx / this.#count;
    this.#meanY += (y - this.#meanY) / this.#count;
    this.#varianceX += dx * (x - this.#meanX);
    this.#covariance += dx * (y - this.#meanY);
    this.#begin = Math.min(this.#begin, x);
    this.#end = Math.max(this.#end, x);
  }

  /** Its slope per unit of x, and its height at the first and the last x; null for a single point. */
  get line(): { readonly slope: number; readonly begin: number; readonly end: number } | null {
    if (this.#varianceX === 0) return null;
    const slope = this.#covariance / this.#varianceX;
    const at = (x: number): number => this.#meanY + slope * (x - this.#meanX);
    return { slope, begin: at(this.#begin), end: at(this.#end) };
  }
}
