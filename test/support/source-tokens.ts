/*
 * Cuts TypeScript into words, strings and marks, which is all the architecture test needs. Comments
 * are left out; a template is one string for its text, and what stands in `${…}` is cut as code.
 */

export interface Token {
  readonly kind: 'word' | 'string' | 'mark';
  /** The word, the content of the string, or the one character of the mark. */
  readonly text: string;
  readonly line: number;
}

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  // How deep in braces each open `${` is; the closing brace at that depth goes on with the template.
  const templates: number[] = [];
  let braces = 0;
  let line = 1;
  let at = 0;
  const take = (kind: Token['kind'], content: string, length: number): void => {
    tokens.push({ kind, text: content, line });
    skip(length);
  };
  const skip = (length: number): void => {
    line += text.slice(at, at + length).split('\n').length - 1;
    at += length;
  };
  const takeTemplate = (): void => {
    const length = templateLength(text, at);
    const opens = text.slice(at, at + length).endsWith('${');
    if (opens) templates.push(braces);
    take('string', text.slice(at + 1, at + length - (opens ? 2 : 1)), length);
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const character = rest[0] ?? '';
    if (/\s/.test(character)) skip(1);
    else if (rest === '//') skip(lengthTo(text, at, '\n'));
    else if (rest === '/*') skip(lengthTo(text, at + 2, '*/') + 4);
    else if (character === '"' || character === "'") {
      const length = quotedLength(text, at);
      take('string', text.slice(at + 1, at + length - 1), length);
    } else if (character === '`') takeTemplate();
    else if (character === '/' && regexMayStart(tokens.at(-1))) skip(regexLength(text, at));
    else if (character === '}' && templates.at(-1) === braces) {
      templates.pop();
      takeTemplate();
    } else if (/[\w$#@]/.test(character)) {
      const word = /^[\w$#@]+/.exec(text.slice(at))?.[0] ?? character;
      take('word', word, word.length);
    } else {
      if (character === '{') braces++;
      if (character === '}') braces--;
      take('mark', character, 1);
    }
  }
  return tokens;
}

function lengthTo(text: string, from: number, end: string): number {
  const found = text.indexOf(end, from);
  return (found === -1 ? text.length : found) - from;
}

function quotedLength(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at + 1 - start;
}

/** From a backtick or from the brace that closes `${…}` to the next `${` or to the end of the template. */
function templateLength(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    if (text[at] === '`') return at + 1 - start;
    if (text.startsWith('${', at)) return at + 2 - start;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at - start;
}

function regexLength(text: string, start: number): number {
  let at = start + 1;
  let inClass = false;
  while (at < text.length && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true;
    if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1 - start;
}

/** After a value a slash divides; anywhere else it begins a regular expression. */
function regexMayStart(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'string') return false;
  if (before.kind === 'word')
    return /^(return|typeof|case|in|of|do|else|void|await|yield)$/.test(before.text);
  return !(before.text === ')' || before.text === ']' || before.text === '}');
}
