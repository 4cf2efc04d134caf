import type { Token } from './source-tokens.js';

export interface Import {
  /** As written: `./plan.js`, `ioredis`; null where a dynamic import computes it. */
  readonly specifier: string | null;
  /**
   * `import type` and `export type`, which are gone after compilation. `import { type A }` is not:
   * under `verbatimModuleSyntax` the module is still loaded.
   */
  readonly typesOnly: boolean;
  readonly line: number;
}

/** Every import, re-export, dynamic import and require of a file. */
export function importsOf(tokens: readonly Token[]): readonly Import[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word' || isMark(tokens[at - 1], '.')) return [];
    const found = READERS.get(token.text)?.(tokens.slice(at + 1, at + 1 + LONGEST)) ?? null;
    return found === null ? [] : [{ ...found, line: token.line }];
  });
}

// No declaration has more tokens than this; it keeps the search for `from` within one.
const LONGEST = 2_000;

type Found = Omit<Import, 'line'>;

// A map, since any word may be asked for, `constructor` too.
const READERS = new Map<string, (after: readonly Token[]) => Found | null>([
  ['import', readImport],
  ['export', readExport],
  ['require', (after) => (isMark(after[0], '(') ? called(after) : null)],
]);

function readImport(after: readonly Token[]): Found | null {
  const [first] = after;
  if (isMark(first, '(')) return called(after);
  if (first?.kind === 'string') return { specifier: first.text, typesOnly: false };
  return declared(after);
}

function readExport(after: readonly Token[]): Found | null {
  const clause = isWord(after[0], 'type') ? after[1] : after[0];
  return isMark(clause, '{') || isMark(clause, '*') ? declared(after) : null;
}

function called(after: readonly Token[]): Found {
  const computed = after[1]?.kind !== 'string' || !(isMark(after[2], ')') || isMark(after[2], ','));
  return { specifier: computed ? null : (after[1]?.text ?? null), typesOnly: false };
}

function declared(after: readonly Token[]): Found | null {
  const from = after.findIndex(
    (token, at) => isWord(token, 'from') && after[at + 1]?.kind === 'string',
  );
  const clause = after.slice(0, from);
  if (from === -1 || !clause.every((token) => token.kind !== 'mark' || '{},*'.includes(token.text)))
    return null;
  // `import type from './type.js'` imports a value that is called `type`.
  const typesOnly = isWord(after[0], 'type') && from > 1 && !isMark(after[1], ',');
  return { specifier: after[from + 1]?.text ?? null, typesOnly };
}

export function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

export function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}
