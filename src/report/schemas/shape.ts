import type { Json, JsonObject } from '../../problems/index.js';

/*
 * The words that the schemas of the documents are written with, each a piece of JSON Schema 2020-12.
 * Records are open: a later version may add members, and a reader must not mind.
 */

export type Shape = JsonObject;

/** Any JSON; for what its own command or contract describes. */
export const anything: Shape = {};
export const text: Shape = { type: 'string' };
export const flag: Shape = { type: 'boolean' };
export const count: Shape = { type: 'integer', minimum: 0 };
export const figure: Shape = { type: 'number' };

export const maybe = (shape: Shape): Shape => ({ anyOf: [shape, { type: 'null' }] });
export const oneOf = (...values: readonly Json[]): Shape => ({ enum: values });
export const list = (items: Shape): Shape => ({ type: 'array', items });

export function record(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  const properties = { ...required, ...optional };
  return { type: 'object', properties, required: Object.keys(required) };
}
