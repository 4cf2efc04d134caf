import type { GroupSample } from '../evidence/index.js';

type Named = Pick<GroupSample, 'stream' | 'group'>;

interface Slot<Kept> extends Named {
  readonly kept: Kept;
}

/**
 * Something kept for each group on each stream. A week has a million groups in its samples, nearly
 * always in the same places: so the place is tried first, and the names only where it is another's.
 */
export class PerGroup<Kept> {
  readonly #make: (named: Named) => Kept;
  readonly #places: Slot<Kept>[] = [];
  readonly #slots = new Map<string, Slot<Kept>>();

  constructor(make: (named: Named) => Kept) {
    this.#make = make;
  }

  /** @param place the group's index in its sample */
  of({ stream, group }: Named, place: number): Kept {
    const there = this.#places[place];
    if (there !== undefined && there.group === group && there.stream === stream) return there.kept;
    const key = JSON.stringify([stream, group]);
    const slot = this.#slots.get(key) ?? { stream, group, kept: this.#make({ stream, group }) };
    this.#slots.set(key, slot);
    this.#places[place] = slot;
    return slot.kept;
  }

  all(): readonly Kept[] {
    return [...this.#slots.values()].map(({ kept }) => kept);
  }
}
