import type { Contracts } from '../contracts/index.js';
import type { Json } from '../problems/index.js';

export type Judgement =
  | { readonly fits: true; readonly text: string; readonly message: Json }
  | { readonly fits: false; readonly reason: string };

/** Whether the fields of an entry are a message of this type; the reason why not quotes no payload. */
export function judgeEntry(
  contracts: Contracts,
  type: string,
  fields: readonly string[],
): Judgement {
  const text = dataIn(fields);
  if (text === null) return { fits: false, reason: 'contract: the entry has no field `data`' };
  const parsed = contracts.parse(type, text);
  if (parsed.valid) return { fits: true, text, message: parsed.message };
  const { pointer = '', expected = 'a message of its type' } = parsed.violations[0] ?? {};
  const where = pointer === '' ? 'message' : pointer;
  return { fits: false, reason: `contract: ${where}: expected ${expected}` };
}

/** The value of the first field `data`, null where there is none. */
function dataIn(fields: readonly string[]): string | null {
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at] === 'data') return fields[at + 1] ?? null;
  }
  return null;
}
