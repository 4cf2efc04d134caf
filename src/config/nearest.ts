/**
 * The known name that a mistyped one most likely meant, or null where none is near.
 * Case, `-` and `_` do not count, so `max_length` finds `maxLength`.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const wanted = plain(name);
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    const distance = distanceOf(wanted, plain(candidate));
    const allowed = Math.min(3, Math.max(1, Math.floor(candidate.length / 3)));
    if (distance <= allowed && distance < (best?.distance ?? Infinity))
      best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

function plain(name: string): string {
  // A key of any length may stand in the file, and the distance costs the product of both lengths.
  return name.slice(0, 80).toLowerCase().replaceAll(/[-_]/g, '');
}

/** Levenshtein's distance, where two letters swapped count as one error. */
function distanceOf(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Infinity;
}
