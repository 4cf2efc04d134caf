import { type NamedGroup, selectGroups } from '../checks/index.js';
import type { Plan } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { nearest } from './nearest.js';

/**
 * The groups that were asked for by `module`, `group`, `module:x` or `group:x`; all where nothing was.
 * @throws {OrionError} `group.unknown`, with the nearest name
 */
export function chosenGroups<Each extends NamedGroup>(
  groups: readonly Each[],
  { modules }: Pick<Plan, 'modules'>,
  name: string | undefined,
): readonly Each[] {
  if (name === undefined) return groups;
  const names = modules.map((module) => module.name);
  const chosen = selectGroups(groups, names, name);
  if (chosen !== null) return chosen;
  const known = [...names, ...new Set(groups.map(({ group }) => group))];
  throw new OrionError({
    kind: 'usage',
    code: 'group.unknown',
    message: `There is no module or group ${JSON.stringify(name)}.`,
    hint: suggestion(name.replace(/^(module|group):/, ''), known),
    next: ['orion-bus groups'],
  });
}

/**
 * The groups on the stream that was asked for.
 * @throws {OrionError} `stream.unknown`, with the nearest key
 */
export function groupsOnStream<Each extends { readonly stream: string }>(
  groups: readonly Each[],
  stream: string | undefined,
): readonly Each[] {
  if (stream === undefined) return groups;
  const chosen = groups.filter((each) => each.stream === stream);
  if (chosen.length > 0) return chosen;
  throw new OrionError({
    kind: 'usage',
    code: 'stream.unknown',
    message: `No such group is on a stream ${JSON.stringify(stream)}.`,
    hint: suggestion(
      stream,
      groups.map((each) => each.stream),
    ),
    next: ['orion-bus groups'],
  });
}

function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant !== null) return `Did you mean ${meant}?`;
  return known.length === 0
    ? 'There is none at all.'
    : `There are: ${[...new Set(known)].join(', ')}.`;
}
