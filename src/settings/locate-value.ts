import { envFormat } from './formats/env-format.js';
import { type FoundValue, Malformed, type SettingFormat } from './formats/format.js';
import { jsonFormat } from './formats/json-format.js';
import { textFormat } from './formats/text-format.js';
import { tomlFormat } from './formats/toml-format.js';
import { yamlFormat } from './formats/yaml-format.js';
import { nameOf, Refusal, shown } from './refusal.js';
import type { SettingPlace } from './setting-place.js';

/** The format of a place; `strings` are what is looked for in `text`, which has no keys. */
export function formatOf(place: SettingPlace, strings: readonly string[]): SettingFormat {
  if (place.format === 'text') return textFormat(strings);
  return { env: envFormat, yaml: yamlFormat, json: jsonFormat, toml: tomlFormat }[place.format];
}

/** @throws Refusal where the text is not of the format of the place. */
export function surveyOf(
  text: string,
  place: SettingPlace,
  format: SettingFormat,
): readonly FoundValue[] {
  try {
    return format.survey(text);
  } catch (error) {
    if (error instanceof Malformed)
      throw malformed(place, `${error.message}, line ${lineOf(text, error.offset)}`);
    // The parsers are recursive.
    if (error instanceof RangeError) throw malformed(place, 'it is nested too deeply');
    throw error;
  }
}

/**
 * The one value of a place.
 * @param wanted what is said to be expected there, in a refusal
 * @throws Refusal where it is not there, there more than once, or no single value.
 */
export function locate(
  text: string,
  place: SettingPlace,
  format: SettingFormat,
  wanted: string,
): FoundValue & { readonly value: string } {
  const all = surveyOf(text, place, format);
  const key = keyOf(place);
  const matches = all.filter((value) => value.path === key);
  const [found] = matches;
  if (found === undefined) throw missing(place, wanted);
  if (matches.length > 1) throw repeated(text, place, matches, wanted);
  const doubled = place.format === 'env' ? null : doubledParent(all, key);
  if (doubled !== null)
    throw new Refusal(
      'duplicate-key',
      `${doubled} is there more than once in ${place.file}, so that ${place.key} has no certain value, ${wanted}`,
    );
  const { value } = found;
  if (value === null)
    throw new Refusal(
      'other-value',
      `${nameOf(place)} holds several values and not one, ${wanted}`,
    );
  return { ...found, value };
}

/** `text` has no keys: every occurrence stands under the empty path. */
function keyOf(place: SettingPlace): string {
  if (place.format === 'text') return '';
  if (place.key === null || place.key === '')
    throw new Refusal('missing-key', `no key is given for ${place.file} (${place.format})`);
  return place.key;
}

/** A repeated parent hides one of the two, whichever the reader takes. */
function doubledParent(all: readonly FoundValue[], key: string): string | null {
  const parents = all.filter(({ path }) => path !== '' && key.startsWith(`${path}.`));
  const paths = parents.map(({ path }) => path);
  return paths.find((path, index) => paths.indexOf(path) !== index) ?? null;
}

function missing(place: SettingPlace, wanted: string): Refusal {
  const what =
    place.format === 'text'
      ? `the string is not in ${place.file}`
      : `${place.key} is not set in ${place.file}`;
  return new Refusal('missing-key', `${what}, ${wanted}`);
}

function repeated(
  text: string,
  place: SettingPlace,
  matches: readonly FoundValue[],
  wanted: string,
): Refusal {
  const places = matches
    .slice(0, MAX_LISTED)
    .map(({ value, start }) => `${foundText(value, place)} in line ${lineOf(text, start)}`);
  const more = matches.length > MAX_LISTED ? `, and ${matches.length - MAX_LISTED} more` : '';
  const what =
    place.format === 'text'
      ? `the string is in ${place.file}`
      : `${place.key} is set in ${place.file}`;
  return new Refusal(
    'duplicate-key',
    `${what} ${matches.length} times (${places.join(', ')}${more}), ${wanted} once`,
  );
}

const MAX_LISTED = 5;

function foundText(value: string | null, place: SettingPlace): string {
  return value === null ? 'several values' : shown(value, place.key);
}

function malformed(place: SettingPlace, why: string): Refusal {
  return new Refusal('malformed', `${place.file} is not valid ${place.format} (${why})`);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
