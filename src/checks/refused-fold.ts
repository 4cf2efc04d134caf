import type { Fold } from './fold.js';

/** How many publishes the buses turned away; null where none of them tells. */
export function refusedFold(): Fold<number | null> {
  let refused: number | null = null;
  return {
    add({ source, target }) {
      for (const bus of [source, target]) {
        if (bus.refused !== null) refused = (refused ?? 0) + bus.refused;
      }
    },
    outcome: () => refused,
  };
}
