import type { JsonObject } from '../../problems/index.js';
import { CHANGING } from './changing.js';
import { envelope, failed } from './common.js';
import { LOOKING } from './looking.js';
import { record } from './shape.js';

const DOCUMENTS = { ...LOOKING, ...CHANGING };

/** The ids of the commands that have a schema, with colons. */
export const DOCUMENTED: readonly string[] = Object.keys(DOCUMENTS).sort((a, b) =>
  a.localeCompare(b),
);

/**
 * The JSON Schema of what a command prints with `--json`: one of its results, or what went wrong, or
 * both where there is a result all the same. Null for a command that there is none of.
 * @param id with colons, such as `groups:list`
 */
export function documentSchema(id: string): JsonObject | null {
  const shapes = DOCUMENTS[id];
  if (shapes === undefined) return null;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `orion-bus ${id.replaceAll(':', ' ')} --json`,
    ...record(envelope),
    anyOf: [...shapes, failed],
  };
}
