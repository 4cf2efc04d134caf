import type { Json, JsonObject } from '../problems/index.js';
import { didYouMean } from './nearest-name.js';
import type { Report } from './runbook-error.js';

export interface Fields {
  has(key: string): boolean;
  /** Refuses every key that is not among the known ones, with the nearest. */
  closed(known: readonly string[]): void;
  /** The readers refuse what is missing or of another type, and then answer null. */
  name(key: string): string | null;
  text(key: string): string | null;
  number(key: string): number | null;
  map(key: string): JsonObject | null;
  refuse(key: string, message: string): void;
  refused(): boolean;
}

/**
 * Reads the keys of one YAML block, telling all that is wrong with them instead of stopping at the first.
 * @param line where the block begins, for what is missing
 */
export function readFields(
  value: JsonObject,
  lines: ReadonlyMap<string, number>,
  line: number,
  report: Report,
): Fields {
  let refused = false;
  const refuse = (key: string, message: string): null => {
    refused = true;
    report(lines.get(key) ?? line, message);
    return null;
  };
  const has = (key: string): boolean => Object.hasOwn(value, key);
  const read = <T extends Json>(
    key: string,
    fits: (found: Json) => found is T,
    what: string,
  ): T | null => {
    const found = has(key) ? value[key] : undefined;
    if (found === undefined) return refuse(key, `"${key}" is missing`);
    return fits(found) ? found : refuse(key, `"${key}" must be ${what}`);
  };
  return {
    has,
    closed(known) {
      for (const key of Object.keys(value)) {
        if (!known.includes(key)) refuse(key, `unknown key "${key}"${didYouMean(key, known)}`);
      }
    },
    name: (key) => read(key, isName, 'lower-case words joined by hyphens, such as stop-module'),
    text: (key) => read(key, isText, 'text'),
    number: (key) => read(key, isNumber, 'a number'),
    map: (key) => read(key, isMap, 'a map of keys'),
    refuse: (key, message) => void refuse(key, message),
    refused: () => refused,
  };
}

const isName = (value: Json): value is string =>
  typeof value === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value);
const isText = (value: Json): value is string => typeof value === 'string' && value.trim() !== '';
const isNumber = (value: Json): value is number => typeof value === 'number';
const isMap = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
