import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** Past this the text is not read a second time to find the place. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Where and why text is not JSON. The engine's own message quotes the text, which may hold
 * anything, and often lacks the place; this one never quotes.
 */
export function jsonFault(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const fault = text.length > MAX_CHARACTERS ? undefined : firstFault(text);
  if (fault === undefined) return 'malformed';
  const lines = text.slice(0, fault.offset).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  const words = printParseErrorCode(fault.error).replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return `${words.toLowerCase()} at line ${lines.length}, column ${column}`;
}

function firstFault(text: string): ParseError | undefined {
  const faults: ParseError[] = [];
  try {
    parse(text, faults, { disallowComments: true });
  } catch {
    // This parser is recursive: very deep text exhausts the stack, and the place stays unknown.
  }
  return faults[0];
}
