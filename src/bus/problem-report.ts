import type { Clock } from '../problems/index.js';
import type { EntryId } from '../redis/index.js';
import type { ProblemCode, SubscriptionProblem } from './subscription.js';

const AT_MOST_EVERY_MS = 30_000;

interface Told {
  at: number;
  suppressed: number;
}

/** Tells of problems, each kind at most once in 30 s: a flood of them must not become a flood of lines. */
export class ProblemReport {
  readonly #tell: (problem: SubscriptionProblem) => void;
  readonly #clock: Clock;
  readonly #told = new Map<ProblemCode, Told>();

  constructor(tell: (problem: SubscriptionProblem) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** @param message one sentence without any payload */
  report(code: ProblemCode, message: string, entry: EntryId | null = null, cause?: unknown): void {
    const now = this.#clock.now();
    const last = this.#told.get(code);
    if (last !== undefined && now - last.at < AT_MOST_EVERY_MS) {
      last.suppressed += 1;
      return;
    }
    this.#told.set(code, { at: now, suppressed: 0 });
    try {
      this.#tell({ code, message, entry, suppressed: last?.suppressed ?? 0, cause });
    } catch {
      // Whoever listens badly must not stop the delivery of messages.
    }
  }
}
