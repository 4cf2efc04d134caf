import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { Json, JsonObject } from '../problems/index.js';

export interface YamlMap {
  /** Null when the text is no map, or not YAML at all; `problems` says why. */
  readonly value: JsonObject | null;
  /** The line of each key, by its dotted path. */
  readonly lines: ReadonlyMap<string, number>;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Reads a block of YAML that must be a map of plain JSON values.
 * @param firstLine the line of the file on which the block's first line stands
 */
export function readYamlMap(text: string, firstLine: number): YamlMap {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number): number =>
    firstLine - 1 + Math.max(1, counter.linePos(offset).line);
  const lines = new Map<string, number>();
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    message: error.message,
  }));
  const root = document.contents;
  if (problems.length > 0) return { value: null, lines, problems };
  if (!isMap(root)) {
    return {
      value: null,
      lines,
      problems: [{ line: firstLine, message: 'must be a map of keys' }],
    };
  }
  const reader = { lines, problems, lineAt };
  const value = readNode(root, '', reader);
  return { value: problems.length > 0 || !isObject(value) ? null : value, lines, problems };
}

interface Reader {
  readonly lines: Map<string, number>;
  readonly problems: { line: number; message: string }[];
  readonly lineAt: (offset: number) => number;
}

/** Reads node by node, since only the nodes know their lines and whether a key was written as text. */
function readNode(node: ParsedNode | null, path: string, reader: Reader): Json {
  if (node === null) return null;
  if (isMap(node)) return readMap(node, path, reader);
  if (isSeq(node)) {
    return node.items.map((item, index) =>
      readNode(item as ParsedNode, `${path}.${index}`, reader),
    );
  }
  const refuse = (message: string): null => {
    reader.problems.push({ line: reader.lineAt(node.range[0]), message });
    return null;
  };
  if (isAlias(node)) return refuse('aliases are not allowed; write the value out');
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return refuse('must be text, a finite number, true, false, null, a list or a map');
}

function readMap(
  node: Extract<ParsedNode, { items: unknown[] }>,
  path: string,
  reader: Reader,
): JsonObject {
  const entries: [string, Json][] = [];
  for (const item of node.items) {
    if (!('key' in item)) continue;
    const { key, value } = item;
    const line = key.range === undefined ? 1 : reader.lineAt(key.range[0]);
    if (!isScalar(key) || typeof key.value !== 'string') {
      reader.problems.push({ line, message: 'a key must be text' });
      continue;
    }
    const place = path === '' ? key.value : `${path}.${key.value}`;
    reader.lines.set(place, line);
    entries.push([key.value, readNode(value, place, reader)]);
  }
  return Object.fromEntries(entries);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
