import type { Path, Report } from './mistake.js';

/** What `{module}` and `{service}` stand for here; null or absent where the word means nothing. */
export interface TemplateWords {
  readonly module?: string;
  readonly service?: string | null;
}

const TEMPLATE = /\{([A-Za-z][\w.-]*)\}/g;

/** Fills in a name or a path, in which a word that means nothing here is a mistake. */
export function fillName(text: string, words: TemplateWords, path: Path, report: Report): string {
  return text.replaceAll(TEMPLATE, (whole: string, word: string) => {
    const known = knownWords(words);
    const value = known[word];
    if (value !== undefined) return value;
    const names = Object.keys(known).map((name) => `{${name}}`);
    const expected = names.length === 0 ? 'no template' : `no template but ${names.join(', ')}`;
    report({ path, at: 'value', expected, found: whole });
    return whole;
  });
}

/** Fills in a free text, such as an argument of a command, in which other braces mean themselves. */
export function fillText(text: string, words: TemplateWords): string {
  const known = knownWords(words);
  return text.replaceAll(TEMPLATE, (whole: string, word: string) => known[word] ?? whole);
}

function knownWords({ module, service }: TemplateWords): Readonly<Record<string, string>> {
  return Object.assign(
    Object.create(null) as Record<string, string>, // Without a prototype `{constructor}` is unknown.
    module === undefined ? {} : { module },
    typeof service === 'string' ? { service } : {},
  );
}
