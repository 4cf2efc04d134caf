import type { FoundValue, SettingFormat } from './format.js';

/**
 * Any text, in which only the given strings are looked for. Where one string contains another, the
 * shorter does not count inside the longer: `orion-memory-group` is not in `orion-memory-group-go`.
 */
export function textFormat(strings: readonly string[]): SettingFormat {
  const wanted = [...new Set(strings)].filter((string) => string !== '');
  return {
    survey: (text) =>
      wanted
        .flatMap((string) => occurrences(text, string, wanted))
        .sort((a, b) => a.start - b.start),
    render: (_found, _raw, to) => to,
  };
}

function occurrences(
  text: string,
  string: string,
  wanted: readonly string[],
): readonly FoundValue[] {
  const longer = wanted
    .filter((other) => other.length > string.length)
    .flatMap((other) => positions(other, string).map((offset) => ({ other, offset })));
  return positions(text, string)
    .filter((start) => !longer.some(({ other, offset }) => within(text, other, start - offset)))
    .map((start) => ({ ...FOUND, start, end: start + string.length, value: string }));
}

const FOUND = { path: '', kind: 'string', style: 'text', fixed: null };

/** A negative position would count as 0. */
function within(text: string, other: string, position: number): boolean {
  return position >= 0 && text.startsWith(other, position);
}

/** Every place of a string, those that overlap included. */
function positions(text: string, string: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(string); at !== -1; at = text.indexOf(string, at + 1)) found.push(at);
  return found;
}
