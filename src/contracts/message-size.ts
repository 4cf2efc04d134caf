/** Python's own JSON reader gives up at about this depth, so no message in production is deeper. */
const MAX_DEPTH = 1_000;
const MAX_VALUES = 1_000_000;

/**
 * Counts the values of a message without recursion, so that neither depth nor a circle can exhaust
 * the stack of what comes after.
 * @returns how many values it holds, or why it is beyond what is judged.
 */
export function measure(message: unknown): number | Excess {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [
    { value: message, depth: 1 },
  ];
  let values = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    values += 1;
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return { message: 'is nested too deeply', expected: DEPTH_LIMIT };
    const inner: readonly unknown[] = Object.values(next.value);
    if (values + waiting.length + inner.length > MAX_VALUES)
      return { message: 'holds too many values', expected: VALUE_LIMIT };
    for (const value of inner) waiting.push({ value, depth: next.depth + 1 });
  }
  return values;
}

export interface Excess {
  readonly message: string;
  readonly expected: string;
}

const DEPTH_LIMIT = `at most ${MAX_DEPTH} levels`;
const VALUE_LIMIT = `at most ${MAX_VALUES} values`;
