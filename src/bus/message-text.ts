import { OrionError } from '../problems/index.js';

/**
 * The JSON text under which a message is written.
 * @throws {OrionError} `message.not-json` when it has none: undefined, a cycle, a BigInt
 */
export function textOf(message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw notJson('The message cannot be written as JSON.', error);
  }
  if (text === undefined) throw notJson('The message cannot be written as JSON.');
  return text;
}

/**
 * The message that a reader of this text will see. It is what the contract is held against, so that
 * what was checked is what was written.
 * @throws {OrionError} `message.not-json`; it does not quote the text
 */
export function messageIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text, and payloads must not reach a log: it is no `cause`.
    throw notJson('The message is not valid JSON.');
  }
}

function notJson(message: string, cause?: unknown): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'message.not-json',
    message,
    hint: 'Nothing was written.',
    ...(cause === undefined ? {} : { cause }),
  });
}
