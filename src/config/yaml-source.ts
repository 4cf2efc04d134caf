import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Mistake, Path, Position } from './mistake.js';
import { syntaxTexts } from './yaml-syntax.js';

/** A file of YAML, read: its data, and where each key of it stands. */
export interface YamlSource {
  readonly data: unknown;
  readonly mistakes: readonly Mistake[];
  /** False where the text could not be understood, so that `data` means nothing. */
  readonly readable: boolean;
  locate(path: Path, at: 'key' | 'value'): Position;
}

type Node = ParsedNode | null | undefined;

/**
 * Reads YAML 1.2 as plain data: no tags, no aliases (and so no bomb made of them), each key once.
 * Never throws; what is wrong with the text comes back as mistakes that quote nothing of it, since
 * the line they would quote may hold a password.
 */
export function readYaml(text: string): YamlSource {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const mistakes: Mistake[] = [...document.errors, ...document.warnings]
    .filter(isNoEcho)
    .map((error) => ({
      path: ['YAML'],
      at: positionAt(error.pos[0]),
      ...syntaxTexts[error.code],
    }));
  visit(document, {
    Alias: (_key, node) => {
      const [expected, found] = ['the value written out', 'an alias (*)'];
      mistakes.push({ path: ['YAML'], at: positionAt(node.range?.[0] ?? 0), expected, found });
    },
  });
  if (mistakes.length > 0) {
    return { data: null, mistakes, readable: false, locate: () => positionAt(0) };
  }
  return {
    // An empty file is a map with nothing in it.
    data: document.contents === null || isEmpty(document.contents) ? {} : document.toJS(),
    mistakes: repeatedKeys(document.contents, []),
    readable: true,
    locate: (path, at) => positionAt(offsetOf(document.contents, path, at)),
  };
}

/** Once a token is out of place, the parser says the same of every one after it. */
function isNoEcho({ code }: YAMLError, index: number, all: readonly YAMLError[]): boolean {
  return code !== 'UNEXPECTED_TOKEN' || all.findIndex((error) => error.code === code) === index;
}

function repeatedKeys(node: Node, path: Path): readonly Mistake[] {
  if (isSeq(node)) {
    return node.items.flatMap((item, index) => repeatedKeys(item, [...path, String(index)]));
  }
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap((pair) => {
    const key = keyOf(pair);
    const here = [...path, key];
    const below = repeatedKeys(pair.value, here);
    if (!seen.has(key)) {
      seen.add(key);
      return below;
    }
    const [expected, found] = ['each key once', 'it a second time'];
    return [{ path: here, at: 'key', expected, found }, ...below];
  });
}

/**
 * The offset of what stands at `path`. Where the path goes on below what is written, because
 * defaults fill it in, it is the deepest key that is there.
 */
function offsetOf(top: Node, path: Path, at: 'key' | 'value'): number {
  let node: Node = top;
  let key = startOf(top);
  for (const segment of path) {
    if (isSeq(node)) {
      node = node.items[Number(segment)];
      key = startOf(node);
      continue;
    }
    // The last of repeated keys is the one that counts, and the one the error is about.
    const pair: Pair<ParsedNode, ParsedNode | null> | undefined = isMap(node)
      ? node.items.findLast((candidate) => keyOf(candidate) === segment)
      : undefined;
    if (pair === undefined) return key;
    key = startOf(pair.key);
    node = pair.value;
  }
  // A map or list is found by its key, a value that is not written has no place of its own.
  return at === 'value' && isScalar(node) && !isEmpty(node) ? startOf(node) : key;
}

function keyOf(pair: Pair<ParsedNode, ParsedNode | null>): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.range[0] === node.range[1];
}

function startOf(node: Node): number {
  return isAlias(node) ? 0 : (node?.range[0] ?? 0);
}
