import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { type FoundValue, Malformed, type SettingFormat } from './format.js';

/** TOML 1.0. A key that stands twice makes the whole text malformed, as it does for every reader. */
export const tomlFormat: SettingFormat = {
  survey(text) {
    try {
      return parseTOML(text).body[0].body.flatMap((node) =>
        node.type === 'TOMLTable'
          ? [container(node, joined(node.resolvedKey)), ...pairs(node.body, node.resolvedKey, text)]
          : pairs([node], [], text),
      );
    } catch (error) {
      if (error instanceof ParseError) throw new Malformed(error.message, error.index);
      throw error;
    }
  },

  render({ style }, _raw, to) {
    if (style === 'basic') return JSON.stringify(to);
    if (style === 'literal') return to.includes("'") ? null : `'${to}'`;
    return to;
  },
};

type Keys = readonly (string | number)[];
const joined = (keys: Keys): string => keys.join('.');

function pairs(
  nodes: readonly AST.TOMLKeyValue[],
  prefix: Keys,
  text: string,
): readonly FoundValue[] {
  return nodes.flatMap(({ key, value }) => {
    const names = key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
    return valuesOf(value, [...prefix, ...names], text);
  });
}

function valuesOf(node: AST.TOMLContentNode, keys: Keys, text: string): readonly FoundValue[] {
  const path = joined(keys);
  if (node.type === 'TOMLInlineTable')
    return [container(node, path), ...pairs(node.body, keys, text)];
  if (node.type === 'TOMLArray') {
    const items = node.elements.flatMap((item, index) => valuesOf(item, [...keys, index], text));
    return [container(node, path), ...items];
  }
  const [start, end] = node.range;
  const place = { path, start, end, kind: node.kind };
  // A number, a date or a boolean is compared as it is written.
  if (node.kind !== 'string')
    return [{ ...place, value: text.slice(start, end), style: 'bare', fixed: null }];
  const fixed = node.multiline ? 'it is written as a string of several lines' : null;
  return [{ ...place, value: node.value, style: node.style, fixed }];
}

function container(node: AST.TOMLNode, path: string): FoundValue {
  const [start, end] = node.range;
  return { path, start, end, value: null, kind: 'container', style: 'container', fixed: null };
}
