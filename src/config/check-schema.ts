import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { configSchema } from './config-schema.js';
import type { Mistake, Path } from './mistake.js';
import { nearest } from './nearest.js';
import type { RawConfig } from './raw-config.js';
import { foundText, shownKey } from './secrets.js';

export interface SchemaCheck {
  /** The data with every default filled in; null where its shape is too wrong to go on with. */
  readonly raw: RawConfig | null;
  readonly mistakes: readonly Mistake[];
}

/** Holds the data of a file against the schema; `data` itself is left as it is. */
export function checkSchema(data: unknown): SchemaCheck {
  const filled = structuredClone(data);
  const validate = validator();
  validate(filled);
  const errors = (validate.errors ?? []).filter(({ keyword }) => !ECHOES.has(keyword));
  // A key too many spoils nothing that is checked later; anything else might.
  const usable = errors.every(({ keyword }) => keyword === 'additionalProperties');
  // The schema has just proved the shape: `RawConfig` says in types what it says in keywords.
  return { raw: usable ? (filled as RawConfig) : null, mistakes: errors.map(mistakeOf) };
}

/** Compiled when first needed: it takes longer than all the rest, and help needs none of it. */
function validator(): ValidateFunction {
  compiled ??= new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strictTypes: false,
    allowUnionTypes: true,
    logger: false,
    // The schema is our own and a test holds it against its draft: here that would cost half the start.
    validateSchema: false,
    meta: false,
  }).compile(configSchema);
  return compiled;
}

let compiled: ValidateFunction | undefined;

/** Keywords whose errors only repeat what an error below them says better. */
const ECHOES: ReadonlySet<string> = new Set(['if', 'propertyNames']);

function mistakeOf(error: ErrorObject): Mistake {
  const path = pathOf(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty']);
    const known = Object.keys(propertiesOf(error));
    const expected = `one of ${known.join(', ')}`;
    const [word = ''] = key.split(':');
    const found = word === key ? 'an unknown key' : 'an unknown key (a space after its colon?)';
    return { path: [...path, key], at: 'key', expected, found, meant: nearest(word, known) };
  }
  if (error.keyword === 'required') {
    const key = String(error.params['missingProperty']);
    const expected = titleOf(propertiesOf(error)[key]) ?? titleOf(error.parentSchema) ?? 'a value';
    return { path: [...path, key], at: 'key', expected, found: 'nothing' };
  }
  const expected = titleOf(error.parentSchema) ?? error.message ?? 'another value';
  if (error.propertyName !== undefined) {
    const key = error.propertyName;
    return { path: [...path, key], at: 'key', expected, found: shownKey(key) };
  }
  if (error.keyword === 'not') return { path, at: 'key', expected, found: 'one' };
  return { path, at: 'value', expected, found: foundText(path, error.data) };
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function propertiesOf(error: ErrorObject): Readonly<Record<string, unknown>> {
  return error.parentSchema?.['properties'] ?? {};
}

function titleOf(schema: unknown): string | null {
  if (typeof schema !== 'object' || schema === null || !('title' in schema)) return null;
  return typeof schema.title === 'string' ? schema.title : null;
}
