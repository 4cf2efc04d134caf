import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../problems/index.js';
import type { StepKind } from '../steps/index.js';
import { didYouMean } from './nearest-name.js';

export interface ArgumentProblem {
  /** The dotted place inside `with`; empty for `with` itself. */
  readonly place: string;
  readonly message: string;
}

const ajv = new Ajv2020({
  allErrors: true,
  strictTypes: false,
  validateFormats: false,
  verbose: true,
});
/** Compiling is slow and the schemas of the kinds never change. */
const compiled = new WeakMap<JsonObject, ValidateFunction>();

/**
 * Holds the arguments of a step against the JSON Schema of its kind.
 * @param filled places whose value is only an example: their type counts, their content does not
 */
export function checkArgs(
  kind: StepKind,
  args: JsonObject,
  filled: readonly string[] = [],
): readonly ArgumentProblem[] {
  const validate = compiled.get(kind.schema) ?? ajv.compile(kind.schema);
  compiled.set(kind.schema, validate);
  if (validate(args)) return [];
  return (validate.errors ?? [])
    .map((error) => ({ error, place: placeOf(error) }))
    .filter(
      ({ error, place }) => !isAboutContent(error) || !filled.some((at) => isWithin(place, at)),
    )
    .map(({ error, place }) => ({ place, message: textOf(error, place) }));
}

function placeOf({ instancePath, keyword, params }: ErrorObject): string {
  const parts = instancePath.split('/').slice(1);
  // An unknown key is told at the key, where the reader's eye should go.
  if (keyword === 'additionalProperties') parts.push(String(params['additionalProperty']));
  return parts.join('.').replaceAll('~1', '/').replaceAll('~0', '~');
}

const isAboutContent = ({ keyword }: ErrorObject): boolean => keyword !== 'type';

const isWithin = (place: string, around: string): boolean =>
  place === around || place.startsWith(`${around}.`);

function textOf(
  { keyword, params, message, data, parentSchema }: ErrorObject,
  place: string,
): string {
  const at = place === '' ? '"with"' : `"with.${place}"`;
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      return `unknown argument "${key}"${didYouMean(key, Object.keys(parentSchema?.['properties'] ?? {}))}`;
    }
    case 'required':
      return `argument "${String(params['missingProperty'])}" is missing`;
    case 'enum':
      return `${at} must be one of ${JSON.stringify(params['allowedValues'])}, not ${JSON.stringify(data)}`;
    default:
      return `${at} ${message ?? 'does not fit'}`;
  }
}
