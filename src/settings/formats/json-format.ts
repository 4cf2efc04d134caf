import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type FoundValue, Malformed, type SettingFormat } from './format.js';

/** JSON; comments and trailing commas are left in peace, since some programs read them. */
export const jsonFormat: SettingFormat = {
  survey(text) {
    const faults: ParseError[] = [];
    const root = parseTree(text, faults, { allowTrailingComma: true, disallowComments: false });
    const [fault] = faults;
    if (fault !== undefined) throw new Malformed(printParseErrorCode(fault.error), fault.offset);
    return root === undefined ? [] : valuesOf(root, [], text);
  },

  render({ kind }, _raw, to) {
    return kind === 'string' ? JSON.stringify(to) : to;
  },
};

function valuesOf(node: Node, keys: readonly string[], text: string): readonly FoundValue[] {
  const inner = node.children ?? [];
  if (node.type === 'property') {
    const [key, value] = inner;
    return value === undefined ? [] : valuesOf(value, [...keys, String(key?.value)], text);
  }
  const place = { path: keys.join('.'), start: node.offset, end: node.offset + node.length };
  if (node.type !== 'object' && node.type !== 'array') {
    const value = node.type === 'string' ? String(node.value) : text.slice(place.start, place.end);
    return [{ ...place, value, kind: node.type, style: node.type, fixed: null }];
  }
  const container = { ...place, value: null, kind: 'container', style: 'container', fixed: null };
  const values = inner.flatMap((child, index) =>
    valuesOf(child, child.type === 'property' ? keys : [...keys, String(index)], text),
  );
  return keys.length === 0 ? values : [container, ...values];
}
