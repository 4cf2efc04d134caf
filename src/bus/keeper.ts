import type { PendingEntry } from './group-member.js';
import { SLACK_MS } from './reading-connection.js';
import { countGhosts, countLost, noteRefusal, type Workplace } from './workplace.js';

/*
 * Keeps what is in hand, and finds what nobody has in hand.
 *
 * A sign of life is given for everything in hand three times in the idle time after which others may
 * take it. An entry that another has taken all the same is given up, and its handler told.
 *
 * A sweep goes through all pending entries, from the lowest id to the end, taking over what others have
 * given no sign of life for. It also finds entries of this consumer that it knows nothing of: their
 * answer was lost, or an operator moved them here. Sweeps come about twice in the idle time, at a time
 * left to chance, so that many consumers do not come at once; and each takes only what there is room for.
 */
export class Keeper {
  readonly #work: Workplace;
  /** How many more found entries may be taken in hand. */
  readonly #room: () => number;

  constructor(work: Workplace, room: () => number) {
    this.#work = work;
    this.#room = room;
  }

  /** Gives signs of life until the signal aborts. */
  async keep(over: AbortSignal): Promise<void> {
    const { clock, limits } = this.#work;
    let wait = limits.minIdleMs / 3;
    for (;;) {
      await clock.sleep(wait, over);
      if (over.aborted) return;
      try {
        await this.#renew();
        wait = limits.minIdleMs / 3;
      } catch (error) {
        noteRefusal(this.#work, 'Keeping entries', error);
        wait = Math.min(1_000, limits.minIdleMs / 10);
      }
    }
  }

  /** Sweeps until the signal aborts. */
  async sweep(over: AbortSignal): Promise<void> {
    const { clock, limits, random } = this.#work;
    let wait = (limits.minIdleMs / 4) * random();
    for (;;) {
      await clock.sleep(wait, over);
      if (over.aborted) return;
      await this.#sweepOnce(over).catch((error: unknown) => {
        noteRefusal(this.#work, 'Looking through the pending entries', error);
      });
      wait = limits.minIdleMs * (0.35 + 0.3 * random());
    }
  }

  async #renew(): Promise<void> {
    const { member, hands, clock, bell } = this.#work;
    const held = hands.owned;
    if (held.length === 0) return;
    const others = new Set(await member.renew(held.map(({ id }) => id)));
    for (const each of held) {
      if (!others.has(each.id)) {
        each.seenAt = clock.now();
      } else if (hands.get(each.id) === each) {
        countLost(this.#work, 1, 'were taken over by another', each.id);
        each.lost = true;
        each.abort.abort();
        // One that runs is dropped when its handler ends: until then it takes a place.
        if (each.stage === 'queued' || each.stage === 'waiting') hands.drop(each);
        bell.ring();
      }
    }
  }

  async #sweepOnce(over: AbortSignal): Promise<void> {
    const { member, tally, limits, bell } = this.#work;
    // An answer that takes longer than the deadline of a read is given up, so its entries are nobody's.
    const ownMs = Math.max(Math.ceil(limits.minIdleMs / 3), limits.blockMs + 2 * SLACK_MS);
    const othersMs = limits.claim ? limits.minIdleMs : null;
    let from: string | null = null;
    do {
      while (this.#room() <= 0) {
        await bell.wait(limits.minIdleMs);
        if (over.aborted) return;
      }
      const page = await member.sweep(from, this.#room(), { ownMs, othersMs });
      tally.claimed += page.moved.length;
      this.#adopt([...page.own, ...page.moved]);
      countGhosts(this.#work, page.ghosts);
      from = page.next;
    } while (from !== null && !over.aborted);
  }

  #adopt(entries: readonly PendingEntry[]): void {
    const { hands, clock, bell } = this.#work;
    for (const entry of entries) hands.add(entry, 'found', null, clock.now());
    bell.ring();
  }
}
