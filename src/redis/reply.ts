import type { Reply } from './link.js';

/*
 * Replies of XINFO and the like are flat lists of names and values. They are read by name, never by
 * position: servers add fields from version to version.
 */

export type Fields = ReadonlyMap<string, Reply>;

export function fieldsOf(reply: Reply | undefined): Fields {
  const flat = listOf(reply);
  const map = new Map<string, Reply>();
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(String(flat[i]), flat[i + 1] ?? null);
  return map;
}

/** The reply as a list; anything else is an empty one. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

export function textOf(reply: Reply | undefined): string {
  return typeof reply === 'string' || typeof reply === 'number' ? String(reply) : '';
}

/** A number, or null where the server sent nothing: an unknown figure is never 0. */
export function numberOf(reply: Reply | undefined): number | null {
  if (typeof reply === 'number') return reply;
  if (typeof reply === 'string' && /^-?\d+$/.test(reply)) return Number(reply);
  return null;
}

/** Parses the `key:value` lines of INFO, or one line of `key=value` pairs of CLIENT LIST. */
export function pairsOf(text: string, separator: RegExp, sign: ':' | '='): Map<string, string> {
  const map = new Map<string, string>();
  for (const part of text.split(separator)) {
    const at = part.indexOf(sign);
    if (at > 0) map.set(part.slice(0, at), part.slice(at + 1));
  }
  return map;
}
