import type { FoundValue, SettingFormat } from './formats/format.js';
import { formatOf, locate, surveyOf } from './locate-value.js';
import { nameOf, Refusal, shown } from './refusal.js';
import type { SettingEdit } from './setting-place.js';

/**
 * The text with one value replaced. What comes out is read again: every other value must be as it
 * was, and the edit must be one that can be taken back.
 * @throws Refusal where `from` is not there exactly once, or `to` cannot be written in its place.
 */
export function editText(text: string, edit: SettingEdit): string {
  const { place, from, to } = edit;
  const format = formatOf(place, [from, to]);
  const found = locate(text, place, format, `expected ${shown(from, place.key)}`);
  if (found.value !== from) throw otherValue(edit, found.value);
  if (from === to) return text;
  if (found.fixed !== null)
    throw unwritable(edit, `${nameOf(place)} cannot be replaced: ${found.fixed}`);
  const raw = text.slice(found.start, found.end);
  const written = representable(edit) ? format.render(found, raw, to) : null;
  const edited =
    written === null ? null : text.slice(0, found.start) + written + text.slice(found.end);
  if (edited === null || !readsAs(text, edited, edit, found, format))
    throw unwritable(
      edit,
      `${nameOf(place)} cannot become ${shown(to, place.key)} in the way it is written there`,
    );
  return edited;
}

function otherValue({ place, from, to }: SettingEdit, found: string): Refusal {
  const already = found === to ? ' already' : '';
  const has = place.format === 'text' ? 'has' : 'is';
  return new Refusal(
    'other-value',
    `${nameOf(place)} ${has} ${shown(found, place.key)}${already}, expected ${shown(from, place.key)}`,
  );
}

function unwritable({ place, from }: SettingEdit, what: string): Refusal {
  return new Refusal('unwritable-value', `${what} (it is ${shown(from, place.key)})`);
}

/** Line ends and other control characters mean too many things to too many readers; `text` is exact. */
function representable({ place, to }: SettingEdit): boolean {
  // Half of a surrogate pair has no bytes in UTF-8.
  if (/\p{Cs}/u.test(to)) return false;
  return place.format === 'text' || !/[\p{Cc}\u2028\u2029\uFEFF]/u.test(to);
}

/** Whether the edited text differs in this one value alone, which is now `to` and of the same kind. */
function readsAs(
  text: string,
  edited: string,
  { place, to }: SettingEdit,
  found: FoundValue,
  format: SettingFormat,
): boolean {
  const before = surveyOf(text, place, format);
  let after: readonly FoundValue[];
  try {
    after = surveyOf(edited, place, format);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  return (
    before.length === after.length &&
    before.every((old, index) => {
      const now = after[index];
      const wanted = old.start === found.start && old.path === found.path ? to : old.value;
      return now?.path === old.path && now.kind === old.kind && now.value === wanted;
    })
  );
}
