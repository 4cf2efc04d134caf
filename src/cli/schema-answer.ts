import { OrionError } from '../problems/index.js';
import { DOCUMENTED, documentSchema, line } from '../report/index.js';
import type { Answer } from './answer.js';
import { nearest } from './nearest.js';

const words = (id: string): string => id.replaceAll(':', ' ');

/** Every command whose documents are described. */
export function schemasAnswer(): Answer {
  const commands = DOCUMENTED.map(words);
  return {
    document: { commands },
    page: commands.map((each) => line(each)),
    next: ['orion-bus schema lag'],
  };
}

/**
 * The JSON Schema of what a command prints with `--json`; as text it is the schema and nothing else.
 * @param id with colons
 * @throws {OrionError} `schema.unknown`, with the nearest command
 */
export function schemaAnswer(id: string): Answer {
  const schema = documentSchema(id);
  if (schema === null) {
    const meant = nearest(words(id), DOCUMENTED.map(words));
    throw new OrionError({
      kind: 'usage',
      code: 'schema.unknown',
      message: `There is no command ${JSON.stringify(words(id))}.`,
      hint: meant === null ? 'Nothing was done.' : `Did you mean ${meant}?`,
      next: ['orion-bus schema'],
    });
  }
  const lines = JSON.stringify(schema, null, 2).split('\n');
  return {
    document: { command: words(id), schema },
    page: lines.map((each) => line(each, { whole: true })),
  };
}
