import { Ajv2020, type ErrorObject, type FormatDefinition } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { messageOf } from '../problems/index.js';
import type { Fault, SchemaFile } from './schema-files.js';

export interface Reading {
  /** Whether `format` is checked, or an annotation as in the buses of production. */
  readonly formats: boolean;
  /** All that is wrong, or only the first thing found: the whole list of a huge message is huge. */
  readonly all: boolean;
}

/**
 * The compiled schemas. A schema is compiled for a reading when that is first asked for, and then
 * kept. The plainest reading is compiled at once: it shows whether the schemas can be used.
 */
export class Validators {
  readonly faults: readonly Fault[];
  readonly #files: readonly SchemaFile[];
  readonly #readings = new Map<string, Ajv2020>();

  constructor(files: readonly SchemaFile[]) {
    this.#files = files;
    const plain = { formats: false, all: false };
    const ajv = createAjv(plain, true);
    const faults: Fault[] = [];
    const add = (file: SchemaFile): void => void ajv.addSchema(file.schema, nameOf(file));
    // All are added before any is compiled, so that they may refer to one another in any order.
    const added = files.filter((file) => attempt(file, faults, add));
    for (const file of added) attempt(file, faults, () => ajv.getSchema(nameOf(file)));
    this.faults = faults;
    this.#readings.set(keyOf(plain), ajv);
  }

  /**
   * What is wrong with a message; nothing = it fits.
   * @throws RangeError where a schema refers to itself without end.
   */
  errors(type: string, message: unknown, reading: Reading): readonly ErrorObject[] {
    const validate = this.#ajvOf(reading).getSchema(nameOf({ type }));
    if (validate === undefined) throw new Error(`the contract ${type} was not compiled`);
    return validate(message) ? [] : (validate.errors ?? []);
  }

  #ajvOf(reading: Reading): Ajv2020 {
    const known = this.#readings.get(keyOf(reading));
    if (known !== undefined) return known;
    const ajv = createAjv(reading, false);
    for (const file of this.#files) ajv.addSchema(file.schema, nameOf(file));
    this.#readings.set(keyOf(reading), ajv);
    return ajv;
  }
}

const keyOf = ({ formats, all }: Reading): string => `${formats} ${all}`;

function createAjv(reading: Reading, validateSchema: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    // What the draft calls an annotation must not stop a contract that the running buses accept.
    strict: false,
    strictNumbers: true,
    // Without it `required` is content with what every object inherits, such as `constructor`.
    ownProperties: true,
    validateFormats: reading.formats,
    allErrors: reading.all,
    // The violations are worded from the schema around each error.
    verbose: true,
    logger: false,
    validateSchema,
  });
  if (reading.formats) addFormats(ajv);
  return ajv;
}

const nameOf = ({ type }: { readonly type: string }): string => `${type}.schema.json`;

function attempt(file: SchemaFile, faults: Fault[], action: (file: SchemaFile) => void): boolean {
  try {
    action(file);
    return true;
  } catch (error) {
    faults.push({ file: file.path, text: `is no usable schema (${clipped(messageOf(error))})` });
    return false;
  }
}

const clipped = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** No string that has one of these formats is longer; some of the expressions behind them are quadratic. */
const MAX_FORMATTED = 4_096;

function addFormats(ajv: Ajv2020): void {
  ajvFormats.default(ajv);
  for (const [name, format] of Object.entries(ajv.formats)) {
    const test = testOf(format);
    if (test !== null)
      ajv.addFormat(name, (text: string) => text.length <= MAX_FORMATTED && test(text));
  }
}

/** The test of a format for strings; null where it is for numbers, or tests nothing. */
function testOf(format: AddedFormat | undefined): ((text: string) => boolean) | null {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format;
  if (typeof format !== 'object' || !isPlain(format)) return null;
  const { validate } = format;
  if (typeof validate === 'function') return validate;
  const expression = new RegExp(validate);
  return (text) => expression.test(text);
}

type AddedFormat = NonNullable<Ajv2020['formats'][string]>;

function isPlain(format: object): format is FormatDefinition<string> {
  const { type, async } = { type: undefined, async: undefined, ...format };
  return type !== 'number' && async !== true;
}
