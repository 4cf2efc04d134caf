import { systemClock } from '../../src/problems/index.js';
import { type RedisLink, streamOfType } from '../../src/redis/index.js';
import { makeMessage, type StandInType } from '../../src/rehearsal/messages.js';
import { randomOf } from '../../src/rehearsal/random.js';

export type Rates = Readonly<Partial<Record<StandInType, number>>>;

const TICK_MS = 25;

/** Publishes from the test's own process, so that a test knows what came and when it stops. */
export class Feeder {
  readonly #link: RedisLink;
  readonly #random = randomOf('feeder');
  #timer: NodeJS.Timeout | null = null;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  /**
   * @param rates messages a second, by type
   * @param maxLength at which streams are trimmed exactly; null: never
   */
  start(rates: Rates, maxLength: number | null = null): void {
    this.stop();
    const began = performance.now();
    const sent = new Map<StandInType, number>();
    this.#timer = setInterval(() => {
      for (const type of Object.keys(rates) as StandInType[]) {
        const due = Math.floor(((performance.now() - began) / 1_000) * (rates[type] ?? 0));
        const count = due - (sent.get(type) ?? 0);
        sent.set(type, due);
        // While Redis is down nobody can publish, here as on a real host.
        if (count > 0) void this.publish(type, count, maxLength).catch(() => undefined);
      }
    }, TICK_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async publish(type: StandInType, count: number, maxLength: number | null = null): Promise<void> {
    const stream = streamOfType('orion', type);
    const trim = maxLength === null ? [] : ['MAXLEN', maxLength];
    await this.#link.pipeline(
      Array.from({ length: count }, () => {
        const message = makeMessage(type, { random: this.#random, now: systemClock.now() });
        return ['xadd', stream, ...trim, '*', 'data', JSON.stringify(message)];
      }),
    );
  }
}
