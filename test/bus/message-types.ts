import type { Contract, Contracts } from '../../src/contracts/index.js';
import type { Json, JsonObject } from '../../src/problems/index.js';

/*
 * Writes `src/bus/messages*.ts`: a TypeScript type for each contract. It knows the keywords that the
 * contracts use, and refuses others: a type that says less than its schema would be a trap.
 */

const HEAD = `/*
 * Generated from contracts/*.schema.json; do not edit. To make it again after a contract has changed:
 * npx vitest run test/bus/messages.test.ts -u
 */
`;

/** Keywords that narrow a value in a way no TypeScript type can. */
const UNSAID = ['minLength', 'maxLength', 'minimum', 'maximum', 'pattern', 'format', 'minItems'];
const KNOWN = [
  '$schema',
  '$id',
  '$defs',
  'title',
  'description',
  'type',
  'const',
  'enum',
  'required',
]
  .concat(['properties', 'additionalProperties', 'items', 'allOf'])
  .concat(UNSAID);

/** The text of each file; types with a dot in their name have a file for what stands before it. */
export function messageTypes(contracts: Contracts): ReadonlyMap<string, string> {
  const all = contracts.types.flatMap((type) => contracts.get(type) ?? []);
  const families = [...new Set(all.map(familyOf))].filter((family) => family !== '');
  const files = families.map((family) => {
    const members = all.filter((contract) => familyOf(contract) === family);
    return [`messages-${family}.ts`, moduleOf(members.map(declaration).join(''))] as const;
  });
  return new Map([['messages.ts', mapModule(all, families)], ...files]);
}

function mapModule(all: readonly Contract[], families: readonly string[]): string {
  const imports = families.map((family) => {
    const names = all.filter((contract) => familyOf(contract) === family).map(nameOf);
    return `import type { ${names.join(', ')} } from './messages-${family}.js';\n`;
  });
  const map = all.map((contract) => `  readonly ${keyText(contract.type)}: ${nameOf(contract)};\n`);
  const doc = '/** The message types of the shipped contracts by their names. */';
  const own = all.filter((contract) => familyOf(contract) === '');
  const body = `\n${doc}\nexport interface MessageTypes {\n${map.join('')}}\n${own.map(declaration).join('')}`;
  return moduleOf(body, imports.join(''));
}

function moduleOf(body: string, imports = ''): string {
  const json = ['Json', 'JsonObject'].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const line =
    json.length === 0 ? '' : `import type { ${json.join(', ')} } from '../problems/index.js';\n`;
  return line + imports === '' ? HEAD + body.replace(/^\n/, '') : `${HEAD}${line}${imports}${body}`;
}

const familyOf = ({ type }: Contract): string => /^(.+?)\./.exec(type)?.[1] ?? '';

function declaration(contract: Contract): string {
  const { schema } = contract;
  const name = nameOf(contract);
  const cases = listOf(schema['allOf']).map(caseOf);
  if (cases.length === 0) return interfaceOf(name, schema);
  const [first] = cases;
  if (first === undefined) throw new Error(`${contract.file}: no case`);
  const tied = [first.tag, first.place];
  const frame = { ...schema, properties: without(objectOf(schema['properties']), tied) };
  const definitions = Object.entries(objectOf(schema['$defs'])).map(([key, definition]) =>
    interfaceOf(`${name}${capitalised(key)}`, objectOf(definition)),
  );
  const sign = listOf(schema['required']).includes(first.place) ? '' : '?';
  const variants = cases.map(
    ({ tag, value, place, definition }) =>
      `  | { readonly ${tag}: ${literal(value)}; readonly ${place}${sign}: ${name}${capitalised(definition)} }\n`,
  );
  const union = `\n${docOf(schema)}export type ${name} = ${name}Frame &\n  (\n${variants.map((line) => `  ${line}`).join('')}  );\n`;
  const frameDoc = { ...frame, description: `What every message of ${contract.type} has.` };
  return interfaceOf(`${name}Frame`, frameDoc) + definitions.join('') + union;
}

/** One `if` this value, `then` that definition. */
function caseOf(each: Json) {
  const { if: condition, then: consequence } = objectOf(each);
  const [[tag, wanted] = never()] = Object.entries(objectOf(objectOf(condition)['properties']));
  const [[place, told] = never()] = Object.entries(objectOf(objectOf(consequence)['properties']));
  const definition = String(objectOf(told)['$ref']).replace('#/$defs/', '');
  return { tag, value: objectOf(wanted)['const'] ?? null, place, definition };
}

function interfaceOf(name: string, schema: JsonObject): string {
  if (Object.keys(objectOf(schema['properties'])).length === 0)
    return `\n${docOf(schema)}export type ${name} = ${typeOf(schema, '', 0)};\n`;
  return `\n${docOf(schema)}export interface ${name} {\n${membersOf(schema, '  ')}}\n`;
}

function membersOf(schema: JsonObject, indent: string): string {
  refuseUnknown(schema);
  const required = listOf(schema['required']);
  return Object.entries(objectOf(schema['properties']))
    .map(([key, value]) => {
      const each = objectOf(value);
      const head = `${indent}readonly ${keyText(key)}${required.includes(key) ? '' : '?'}:`;
      const type = typeOf(each, indent, head.length + 1);
      return `${docOf(each, indent)}${head}${type.startsWith('\n') ? '' : ' '}${type};\n`;
    })
    .join('');
}

/** @param column where the type begins on its line */
function typeOf(schema: JsonObject, indent: string, column: number): string {
  refuseUnknown(schema);
  const constant = schema['const'];
  if (constant !== undefined) return literal(constant);
  const options = listOf(schema['enum']);
  if (options.length > 0) return unionOf(options.map(literal), indent, column);
  const type = schema['type'];
  if (Array.isArray(type)) {
    const each = (type as readonly Json[]).map((one) =>
      typeOf({ ...schema, type: one }, indent, 0),
    );
    return each.join(' | ');
  }
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeOf(objectOf(schema['items']), indent, column);
      return item.startsWith("'") ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case 'object':
      return objectType(schema, indent);
    case undefined:
      return 'Json';
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: JsonObject, indent: string): string {
  if (Object.keys(objectOf(schema['properties'])).length > 0)
    return `{\n${membersOf(schema, `${indent}  `)}${indent}}`;
  const rest = schema['additionalProperties'];
  if (rest === false) return 'Readonly<Record<string, never>>';
  return rest === undefined
    ? 'JsonObject'
    : `Readonly<Record<string, ${typeOf(objectOf(rest), indent, 0)}>>`;
}

function unionOf(options: readonly string[], indent: string, column: number): string {
  const line = options.join(' | ');
  if (column + line.length + 1 <= 100) return line;
  return options.map((option) => `\n${indent}  | ${option}`).join('');
}

function docOf(schema: JsonObject, indent = ''): string {
  const text = schema['description'];
  return typeof text === 'string' ? `${indent}/** ${text} */\n` : '';
}

function refuseUnknown(schema: JsonObject): void {
  const unknown = Object.keys(schema).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`no type is known for ${unknown.join(', ')}`);
}

const nameOf = ({ type }: Contract): string => type.split(/[._]/).map(capitalised).join('');

/** `SERVO_STATUS` and `servo_status` become `ServoStatus`. */
function capitalised(text: string): string {
  const words = text.toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const literal = (value: Json): string =>
  typeof value === 'string' ? `'${value}'` : JSON.stringify(value);

const keyText = (key: string): string => (/^[a-z_]\w*$/i.test(key) ? key : `'${key}'`);

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function objectOf(value: Json | undefined): JsonObject {
  // A JSON value that is an object and no list is a JsonObject.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

// Array.isArray does not narrow a read-only list.
const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

function never(): never {
  throw new Error('a case of the contract is empty');
}
