import { createHash } from 'node:crypto';
import type { Json } from '../problems/index.js';
import type { RunbookStep } from './runbook.js';

/**
 * Names a list of steps by what it does: the same steps written with other words, in another layout or
 * with their keys in another order have the same fingerprint.
 */
export function fingerprintOf(steps: readonly RunbookStep[]): string {
  const meaning = steps.map(({ id, uses, with: args, timeout, exit, forEach }) => ({
    id,
    uses,
    with: args,
    timeout,
    exit,
    forEach,
  }));
  return createHash('sha256').update(canonical(meaning)).digest('hex');
}

/** JSON with the keys of every object in order, so that equal values have equal text. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, part: Json) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
