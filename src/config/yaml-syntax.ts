import type { ErrorCode } from 'yaml';

/*
 * The parser's own messages quote the text, and the text may be a password. So each of its codes
 * has words of ours here, and the parser's are never shown.
 */

interface Texts {
  readonly expected: string;
  readonly found: string;
}

const texts = (expected: string, found: string): Texts => ({ expected, found });

export const syntaxTexts: Readonly<Record<ErrorCode, Texts>> = {
  ALIAS_PROPS: texts('the value written out', 'an alias (*) with an anchor or tag'),
  BAD_ALIAS: texts(
    'a text in quotes',
    'an unquoted text with * or & at its beginning or a bad end',
  ),
  BAD_COLLECTION_TYPE: texts('no tag (!)', 'a tag that does not fit'),
  BAD_DIRECTIVE: texts('no directive', 'a line that begins with %'),
  BAD_DQ_ESCAPE: texts(
    'a text in single quotes, or \\\\ for a backslash',
    'an unknown \\ in double quotes',
  ),
  BAD_INDENT: texts(
    'what belongs together to begin in one column, and each { and [ to be closed',
    'another indentation, or one left open',
  ),
  BAD_PROP_ORDER: texts('a plain value', 'an anchor (&) or tag (!) out of place'),
  BAD_SCALAR_START: texts('a text in quotes', 'an unquoted text that begins with @, `, % or |'),
  BLOCK_AS_IMPLICIT_KEY: texts(
    'one "key: value" a line',
    'a second value on it (quote a text with ": " in it)',
  ),
  BLOCK_IN_FLOW: texts('a value within {} or []', 'a value that belongs on lines of its own'),
  DUPLICATE_KEY: texts('each key once', 'a key a second time'),
  IMPOSSIBLE: texts('YAML', 'something else'),
  KEY_OVER_1024_CHARS: texts('a short key', 'one of more than 1024 characters'),
  MISSING_CHAR: texts(
    '"key: value", a closed quote, or the end of {} or []',
    'a colon, space, comma, quote or bracket missing',
  ),
  MULTILINE_IMPLICIT_KEY: texts(
    '"key: value" on one line',
    'a key on several lines (a colon missing?)',
  ),
  MULTIPLE_ANCHORS: texts('a plain value', 'two anchors (&)'),
  MULTIPLE_DOCS: texts('one document', 'another one after ---'),
  MULTIPLE_TAGS: texts('a plain value', 'two tags (!)'),
  NON_STRING_KEY: texts('a text as key', 'a list, a map or an alias as key'),
  RESOURCE_EXHAUSTION: texts('a map of settings', 'a nesting that is too deep'),
  TAB_AS_INDENT: texts('spaces at the beginning of the line', 'a tab'),
  TAG_RESOLVE_FAILED: texts('a plain value', 'a tag (!); quote a text that begins with !'),
  UNEXPECTED_TOKEN: texts(
    '"key: value"',
    'something that does not belong here (quote a text with { } [ ] or , in it)',
  ),
};
