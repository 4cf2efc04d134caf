import type { Json } from '../problems/index.js';
import {
  type Contract,
  type ContractResult,
  type Contracts,
  MAX_VIOLATIONS,
  type ParsedMessage,
  type Rejection,
  type Violation,
} from './contracts.js';
import { jsonFault } from './json-fault.js';
import { measure } from './message-size.js';
import type { SchemaFile } from './schema-files.js';
import type { Validators } from './validators.js';
import { violationsOf } from './violations.js';

/** Longer text is refused unread; the largest message seen in production is a few thousand characters. */
const MAX_CHARACTERS = 16 * 2 ** 20;
/** Above this many values only the first violation is looked for: a list could outgrow the message. */
const MAX_LISTED_VALUES = 10_000;

export class ContractSet implements Contracts {
  readonly types: readonly string[];
  readonly #contracts: ReadonlyMap<string, Contract>;
  readonly #validators: Validators;
  readonly #strictFormats: boolean;

  constructor(files: readonly SchemaFile[], validators: Validators, strictFormats: boolean) {
    this.#contracts = new Map(files.map((file) => [file.type, contractOf(file)]));
    this.types = files.map((file) => file.type);
    this.#validators = validators;
    this.#strictFormats = strictFormats;
  }

  get(type: string): Contract | null {
    return this.#contracts.get(type) ?? null;
  }

  parse(type: string, text: string): ParsedMessage {
    if (text.length > MAX_CHARACTERS)
      return rejected('is too long', `at most ${MAX_CHARACTERS} characters`);
    let message: Json;
    try {
      message = JSON.parse(text);
    } catch {
      return rejected(`is not JSON (${jsonFault(text)})`, 'a JSON document');
    }
    const result = this.check(type, message);
    return result.valid ? { ...result, message } : result;
  }

  check(type: string, message: unknown): ContractResult {
    if (!this.#contracts.has(type))
      return rejected(`there is no contract "${type}"`, `one of ${this.types.join(', ')}`);
    const size = measure(message);
    if (typeof size !== 'number') return rejected(size.message, size.expected);
    try {
      return this.#judge(type, message, size <= MAX_LISTED_VALUES);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return rejected('cannot be judged', `a contract "${type}" that does not refer to itself`);
    }
  }

  #judge(type: string, message: unknown, all: boolean): ContractResult {
    const formats = this.#strictFormats;
    const fits = this.#validators.errors(type, message, { formats, all: false }).length === 0;
    const warnings = formats ? [] : this.#formatWarnings(type, message, all);
    if (fits) return { valid: true, warnings };
    const violations = violationsOf(this.#validators.errors(type, message, { formats, all }));
    return {
      valid: false,
      violations: violations.slice(0, MAX_VIOLATIONS),
      warnings,
      omitted: Math.max(0, violations.length - MAX_VIOLATIONS),
    };
  }

  #formatWarnings(type: string, message: unknown, all: boolean): readonly Violation[] {
    if (this.#validators.errors(type, message, { formats: true, all: false }).length === 0)
      return [];
    const errors = this.#validators.errors(type, message, { formats: true, all });
    const mismatches = errors.filter((error) => error.keyword === 'format');
    return violationsOf(mismatches).slice(0, MAX_VIOLATIONS);
  }
}

function contractOf({ type, path, schema }: SchemaFile): Contract {
  const { title, description } = schema;
  return {
    type,
    title: typeof title === 'string' ? title : null,
    description: typeof description === 'string' ? description : null,
    file: path,
    schema,
  };
}

function rejected(message: string, expected: string): Rejection {
  return {
    valid: false,
    violations: [{ pointer: '', message, expected }],
    warnings: [],
    omitted: 0,
  };
}
