import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type FoundValue, Malformed, type SettingFormat } from './format.js';

/** YAML, of one document or several. A key that stands twice is found twice; it is no fault here. */
export const yamlFormat: SettingFormat = {
  survey(text) {
    const documents = parseAllDocuments(text, { ...QUIET, uniqueKeys: false });
    return [...documents].flatMap((document) => {
      const fault = document.errors[0];
      if (fault !== undefined) throw new Malformed(fault.message, fault.pos[0]);
      return valuesOf(document);
    });
  },

  render({ style }, raw, to) {
    if (style === 'QUOTE_DOUBLE') return JSON.stringify(to);
    if (style === 'QUOTE_SINGLE') return `'${to.replaceAll("'", "''")}'`;
    // Python reads YAML 1.1, where `on`, `1:30` and `012` are no strings; most others read 1.2.
    const same = VERSIONS.every((version) => plainKind(raw, version) === plainKind(to, version));
    return same ? to : null;
  },
};

/** Errors with their source lines would show what else is in the file. */
const QUIET = { prettyErrors: false, logLevel: 'silent' } as const;
const VERSIONS = ['1.1', '1.2'] as const;

function plainKind(source: string, version: '1.1' | '1.2'): string {
  const { contents, errors } = parseDocument(source, { ...QUIET, version });
  if (errors.length > 0 || !isScalar(contents)) return 'malformed';
  return contents.value instanceof Date ? 'time' : typeof contents.value;
}

function valuesOf(document: Document.Parsed): readonly FoundValue[] {
  const found: FoundValue[] = [];
  const shared = anchorsInUse(document);

  const look = (node: unknown, keys: readonly string[]): void => {
    const path = keys.join('.');
    if (isScalar(node)) found.push({ path, ...scalarValue(node, shared) });
    else if (isAlias(node)) found.push({ path, ...aliasValue(node, document) });
    else if (isMap(node) || isSeq(node)) {
      if (keys.length > 0) found.push({ path, ...rangeOf(node), ...CONTAINER });
      for (const { key, value } of membersOf(node)) look(value, [...keys, key]);
    } else found.push({ path, start: 0, end: 0, ...NOTHING });
  };

  look(document.contents, []);
  return found;
}

/** Keys that are no scalars cannot be named in a path. */
function membersOf(node: YAMLMap | YAMLSeq): readonly { key: string; value: unknown }[] {
  if (isSeq(node)) return node.items.map((value, index) => ({ key: String(index), value }));
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ key: textOf(key), value }] : [],
  );
}

const CONTAINER = { value: null, kind: 'container', style: 'container', fixed: null };
const NOTHING = { value: '', kind: 'null', style: 'none', fixed: 'it has no value' };

function scalarValue(node: Scalar, shared: ReadonlySet<string>): Omit<FoundValue, 'path'> {
  const style = node.type ?? 'PLAIN';
  return {
    ...rangeOf(node),
    value: textOf(node),
    kind: node.value === null ? 'null' : typeof node.value,
    style,
    fixed: whyFixed(node, style, shared),
  };
}

function whyFixed(node: Scalar, style: string, shared: ReadonlySet<string>): string | null {
  if (style.startsWith('BLOCK')) return 'it is written as a block of lines';
  if (node.anchor !== undefined && shared.has(node.anchor))
    return `other places refer to it as *${node.anchor}`;
  return node.source === '' && style === 'PLAIN' ? 'it has no value' : null;
}

function aliasValue(node: Alias, document: Document.Parsed): Omit<FoundValue, 'path'> {
  const target = node.resolve(document);
  const fixed = `it is the alias *${node.source}; the value stands elsewhere`;
  if (!isScalar(target)) return { ...rangeOf(node), ...CONTAINER, fixed };
  return { ...rangeOf(node), value: textOf(target), kind: 'alias', style: 'alias', fixed };
}

function anchorsInUse(document: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, alias) => void names.add(alias.source) });
  return names;
}

function rangeOf(node: Node): { readonly start: number; readonly end: number } {
  const [start = 0, end = start] = node.range ?? [];
  return { start, end };
}

/** A number, a date or a boolean is compared as it is written. */
function textOf(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}
