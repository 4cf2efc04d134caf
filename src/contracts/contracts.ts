import type { Json, JsonObject } from '../problems/index.js';

/*
 * A contract is the JSON Schema that every message of one type fits. A violation makes a message
 * invalid. A warning does not: it is a `format` that does not hold (uuid, date-time), which the
 * buses in production do not check either; with `strictFormats` it is a violation.
 */

export interface Contracts {
  /** Sorted by name. */
  readonly types: readonly string[];
  get(type: string): Contract | null;
  /** Never throws: a type without a contract, or a value no message can be, is a violation at ''. */
  check(type: string, message: unknown): ContractResult;
  /** The same for JSON text as it stands in an entry. */
  parse(type: string, text: string): ParsedMessage;
}

export interface Contract {
  readonly type: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly file: string;
  readonly schema: JsonObject;
}

export type ContractResult =
  | { readonly valid: true; readonly warnings: readonly Violation[] }
  | Rejection;

export type ParsedMessage =
  | { readonly valid: true; readonly message: Json; readonly warnings: readonly Violation[] }
  | Rejection;

export interface Rejection {
  readonly valid: false;
  /** At least one, and at most `MAX_VIOLATIONS`. */
  readonly violations: readonly Violation[];
  readonly warnings: readonly Violation[];
  /** How many more violations there are than are listed. */
  readonly omitted: number;
}

export interface Violation {
  /** JSON pointer of the place; of a missing or unknown key, the place where it is or would be. */
  readonly pointer: string;
  /** What was found there, such as `is "fatal"`, `is missing` or `unknown key "colour"`. */
  readonly message: string;
  /** What the contract wants there, such as `one of "info", "warning"`. */
  readonly expected: string;
}

export const MAX_VIOLATIONS = 20;

/** A violation on one line. */
export function violationText({ pointer, message, expected }: Violation): string {
  return `${pointer === '' ? 'message' : pointer}: ${message}; expected ${expected}`;
}
