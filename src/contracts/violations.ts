import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Violation } from './contracts.js';
import { describeSchema, shown } from './describe-schema.js';

/** The validator's errors in the words of an operator, each place and finding once. */
export function violationsOf(errors: readonly ErrorObject[]): readonly Violation[] {
  const found = new Map<string, Violation>();
  for (const error of errors) {
    // An `if` that fails says nothing that the errors of its branch do not say.
    if (error.keyword === 'if' && errors.length > 1) continue;
    const violation = violationOf(error);
    found.set(`${violation.pointer} ${violation.message}`, violation);
  }
  return [...found.values()];
}

function violationOf(error: ErrorObject): Violation {
  const missing: unknown = error.params['missingProperty'];
  if (typeof missing === 'string') {
    const expected = describeSchema(memberOf(error.parentSchema?.['properties'], missing));
    return { pointer: pointerTo(error, missing), message: 'is missing', expected };
  }
  const unknown: unknown =
    error.params['additionalProperty'] ?? error.params['unevaluatedProperty'];
  if (typeof unknown === 'string') {
    const message = `unknown key ${shown(unknown)}`;
    return { pointer: pointerTo(error, unknown), message, expected: knownKeys(error) };
  }
  return {
    pointer: clipped(error.instancePath),
    message: finding(error),
    expected: describeSchema(error.parentSchema),
  };
}

/** What was found, by the keyword that it failed. */
function finding({ keyword, data, message, params }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return `is ${kindOf(data)}`;
    case 'minLength':
    case 'maxLength':
      return `is ${[...String(data)].length} characters long`;
    case 'minItems':
    case 'maxItems':
      return `has ${Array.isArray(data) ? data.length : 0} items`;
    case 'oneOf':
      return Array.isArray(params['passingSchemas'])
        ? 'fits more than one of the forms'
        : 'fits none of the forms';
    case 'anyOf':
      return 'fits none of the forms';
    case 'const':
    case 'enum':
    case 'pattern':
    case 'format':
      return `is ${shown(data)}`;
    default:
      return typeof data === 'number' ? `is ${data}` : (message ?? 'does not fit');
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

function knownKeys(error: ErrorObject): string {
  const properties: unknown = error.parentSchema?.['properties'];
  const keys = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return keys.length === 0 ? 'no key at all' : `only ${keys.join(', ')}`;
}

function memberOf(properties: unknown, key: string): unknown {
  if (typeof properties !== 'object' || properties === null) return undefined;
  return new Map<string, unknown>(Object.entries(properties)).get(key);
}

function pointerTo(error: ErrorObject, key: string): string {
  return clipped(`${error.instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** Keys come from the message, and may be of any length. */
const clipped = (pointer: string): string =>
  pointer.length > 300 ? `${pointer.slice(0, 300)}…` : pointer;
