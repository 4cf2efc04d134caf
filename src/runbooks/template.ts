import type { Json, JsonObject } from '../problems/index.js';
import { didYouMean } from './nearest-name.js';

/*
 * Templates: `${{ module.service }}` looks a dotted path up in a fixed context. There are no defaults,
 * no conditions and no functions: what a runbook does must be readable from the runbook.
 *
 * A text that is one template and nothing else takes the value's own type; inside a longer text only
 * text, numbers and true or false make sense. A list is only for `for-each`.
 */

export interface Binding {
  readonly value: Json;
  readonly problems: readonly TemplateProblem[];
  /** The dotted places that were wholly filled in from the context. */
  readonly filled: readonly string[];
}

interface TemplateProblem {
  /** The dotted place inside the value that was bound; empty for the value itself. */
  readonly place: string;
  readonly message: string;
}

export type Lookup = { readonly found: Json } | { readonly problem: string };

const TEMPLATE = /\$\{\{(.*?)\}\}/gs;
const PATH = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/;

/** The inside of a text that is one template and nothing else, else null. */
export function wholeTemplate(text: string): string | null {
  const match = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s.exec(text);
  return match?.[1]?.trim() ?? null;
}

/** Fills in every template inside a value; keys of maps are taken as they are. */
export function bindTemplates(value: Json, context: JsonObject): Binding {
  const problems: TemplateProblem[] = [];
  const filled: string[] = [];
  const walk = (part: Json, place: string): Json => {
    if (typeof part === 'string') return text(part, place);
    if (typeof part !== 'object' || part === null) return part;
    const under = (key: string | number): string => (place === '' ? `${key}` : `${place}.${key}`);
    if (Array.isArray(part)) return part.map((item: Json, index) => walk(item, under(index)));
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [key, walk(item, under(key))]),
    );
  };
  const text = (part: string, place: string): Json => {
    const whole = wholeTemplate(part);
    const bound = whole === null ? bindText(part, context) : single(lookUp(whole, context), whole);
    if (whole !== null) filled.push(place);
    if ('found' in bound) return bound.found;
    problems.push({ place, message: bound.problem });
    return part;
  };
  return { value: walk(value, ''), problems, filled };
}

/** Fills templates into a text of several words or lines. */
export function bindText(text: string, context: JsonObject): Lookup {
  const problems: string[] = [];
  const found = text.replace(TEMPLATE, (template, inside: string) => {
    const path = inside.trim();
    const looked = lookUp(path, context);
    if ('problem' in looked) problems.push(looked.problem);
    else if (looked.found === null) problems.push(`"${path}" is not set`);
    else if (typeof looked.found === 'object') problems.push(`"${path}" is no single value`);
    else return String(looked.found);
    return template;
  });
  if (text.replace(TEMPLATE, '').includes('${{')) problems.push('a template is not closed by }}');
  return problems.length === 0 ? { found } : { problem: problems.join('; ') };
}

/** The value at a dotted path. */
export function lookUp(path: string, context: JsonObject): Lookup {
  if (!PATH.test(path)) {
    return {
      problem: `"${path}" is no dotted path; a template is a look-up such as module.service and nothing more`,
    };
  }
  let value: Json = context;
  for (const key of path.split('.')) {
    const next: Json | undefined =
      isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (next === undefined) {
      return { problem: `unknown path "${path}"${didYouMean(path, pathsOf(context))}` };
    }
    value = next;
  }
  return { found: value };
}

function single(looked: Lookup, path: string): Lookup {
  return 'found' in looked && Array.isArray(looked.found)
    ? {
        problem: `"${path}" is a list; repeat the step with for-each: \${{ ${path} }} and use item`,
      }
    : looked;
}

/** Every path that leads to something, from the top down. */
function* pathsOf(context: JsonObject, under = ''): Generator<string> {
  for (const [key, value] of Object.entries(context)) {
    yield under + key;
    if (isMap(value)) yield* pathsOf(value, `${under}${key}.`);
  }
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
