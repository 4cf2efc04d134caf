import type { Json } from '../problems/index.js';

/**
 * The one text of a JSON value: keys sorted by UTF-16 code unit, no spaces, scalars as
 * `JSON.stringify` writes them. Properties without a value are left out, as there.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort(byCodeUnit)) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

// Array.isArray does not narrow a readonly array out of a union.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

// Said aloud, since the order is part of every hash: it is the one of `<`, never a language's own.
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
