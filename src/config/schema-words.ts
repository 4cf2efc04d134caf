import type { JsonObject } from '../problems/index.js';

/* The single values of the configuration file; each `title` is what an error says was expected. */

export const flag = { title: 'true or false', type: 'boolean' } as const satisfies JsonObject;

export const text = {
  title: 'a text (numbers in quotes)',
  type: 'string',
} as const satisfies JsonObject;

export const path = {
  title: 'a path (~ is not expanded)',
  type: 'string',
  pattern: '^[^~\\s]',
} as const satisfies JsonObject;

export const group = {
  title: 'a group name without spaces',
  type: 'string',
  pattern: '^[^\\s\\p{C}]+$',
} as const satisfies JsonObject;

/** The first character is never a dash: the name becomes an argument of a program. */
export const service = {
  title: 'the name of a service, such as orion-memory',
  type: 'string',
  pattern: '^[A-Za-z0-9_{][A-Za-z0-9_.:@{}\\\\-]*$',
} as const satisfies JsonObject;

/** A letter comes first, since JavaScript would move keys that are numbers to the front. */
export const name = {
  title: 'a name of letters, digits and . _ - that begins with a letter',
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_.-]*$',
} as const satisfies JsonObject;

export const url = {
  title: 'a URL http://host:port or https://host:port without user and password',
  type: 'string',
  pattern: '^https?://[^\\s/?#@]+(/[^\\s?#@]*)?$',
} as const satisfies JsonObject;

export const pattern = {
  title: 'a regular expression, in quotes',
  type: 'string',
  minLength: 1,
} as const satisfies JsonObject;

export const address = {
  title: 'an address host:port such as 127.0.0.1:9465, or off',
  type: 'string',
  pattern: '^(off|([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+\\]):[0-9]{1,5})$',
} as const satisfies JsonObject;

export const argv = {
  title: 'a command as a list of texts, such as [svc, start, "{service}"] (numbers in quotes)',
  type: 'array',
  minItems: 1,
  items: text,
} as const satisfies JsonObject;

export const whole = {
  title: 'a whole number, 0 or more',
  type: 'integer',
  minimum: 0,
} as const satisfies JsonObject;

export const count = {
  title: 'a whole number, 1 or more',
  type: 'integer',
  minimum: 1,
} as const satisfies JsonObject;

export const duration = {
  title: 'a duration such as 500ms, 30s, 5m, 24h or 7d',
  type: 'string',
  pattern: '^[0-9]{1,9}(ms|s|m|h|d)$',
} as const satisfies JsonObject;

export const someTime = {
  title: 'a duration above zero, such as 500ms, 30s or 5m',
  type: 'string',
  pattern: '^(?=.*[1-9])[0-9]{1,9}(ms|s|m|h|d)$',
} as const satisfies JsonObject;

export const size = {
  title: 'a size such as 512KB, 100MB or 1GB, or plain bytes',
  type: ['string', 'integer'],
  pattern: '^[0-9]{1,12}(B|KB|MB|GB)?$',
  minimum: 0,
} as const satisfies JsonObject;

export const percentage = {
  title: 'a percentage such as 50%',
  type: 'string',
  pattern: '^[0-9]{1,6}(\\.[0-9]{1,6})?%$',
} as const satisfies JsonObject;

/** A part of a whole. */
export const share = {
  title: 'a percentage from 0% to 100%',
  type: 'string',
  pattern: '^(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]{1,6})?)%$',
} as const satisfies JsonObject;

/** `if`, `then` and `else` of JSON Schema. */
export function when(condition: JsonObject, yes: JsonObject, no: JsonObject): JsonObject {
  // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
  return { if: condition, then: yes, else: no };
}
