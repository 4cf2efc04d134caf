import { OrionError } from '../problems/index.js';
import { shownKey } from './secrets.js';
import { shellWord } from './shell-word.js';

/** The keys from the top of the file down; the index of a list stands as text. */
export type Path = readonly string[];

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with the configuration. */
export interface Mistake {
  readonly path: Path;
  /** What to point at: the key, its value, a variable of the environment, or a place in the text. */
  readonly at: 'key' | 'value' | 'environment' | Position;
  readonly expected: string;
  readonly found: string;
  /** The known name that was most likely meant. */
  readonly meant?: string | null;
}

export type Report = (mistake: Mistake) => void;

/** Where the keys of the file stand; null for the ORION plan, which stands in no file. */
export interface Located {
  readonly file: string;
  locate(path: Path, at: 'key' | 'value'): Position;
}

/** One error that lists every mistake, each as `file:line:column field: expected …, found …`. */
export function configError(mistakes: readonly Mistake[], located: Located | null): OrionError {
  const lines = [
    ...new Set(
      mistakes
        .map((mistake) => ({ mistake, position: positionOf(mistake, located) }))
        .sort((left, right) => inOrder(left.position, right.position))
        .map(({ mistake, position }) => lineOf(mistake, position, located)),
    ),
  ];
  const errors = lines.length === 1 ? 'an error' : `${lines.length} errors`;
  return new OrionError({
    kind: 'config',
    code: 'config.invalid',
    message: [`The configuration has ${errors}:`, ...lines].join('\n  '),
    hint: 'Nothing was started or changed. Correct what is named above, then type the same command again.',
    next: [
      located === null
        ? 'orion-bus validate'
        : `orion-bus validate --config ${shellWord(located.file)}`,
    ],
  });
}

function positionOf(mistake: Mistake, located: Located | null): Position | null {
  if (typeof mistake.at !== 'string') return mistake.at;
  if (mistake.at === 'environment' || located === null) return null;
  return located.locate(mistake.path, mistake.at);
}

/** What stands in no file comes last. */
function inOrder(left: Position | null, right: Position | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return left.line - right.line || left.column - right.column;
}

function lineOf(mistake: Mistake, position: Position | null, located: Located | null): string {
  const place = position === null ? [] : [`${located?.file}:${position.line}:${position.column}`];
  const subject = [...place, fieldOf(mistake.path)].join(' ');
  const meant = mistake.meant ? `; did you mean ${mistake.meant}?` : '';
  return `${subject}: expected ${mistake.expected}, found ${mistake.found}${meant}`;
}

function fieldOf(path: Path): string {
  if (path.length === 0) return '(top)';
  return path
    .map((segment, index) => {
      if (/^\d+$/.test(segment)) return `[${segment}]`;
      return index === 0 ? shownKey(segment) : `.${shownKey(segment)}`;
    })
    .join('');
}
