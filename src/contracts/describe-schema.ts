/** What a schema wants of a value, in words: `an integer of at least 0`, `one of "open", "closed"`. */
export function describeSchema(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'what the contract describes';
  const rules = new Map<string, unknown>(Object.entries(schema));
  if (rules.has('const')) return shown(rules.get('const'));
  const values = rules.get('enum');
  if (Array.isArray(values)) return `one of ${values.map((value) => shown(value)).join(', ')}`;
  const forms = rules.get('oneOf') ?? rules.get('anyOf');
  if (Array.isArray(forms)) return `one of ${forms.length} forms: ${forms.map(title).join(', ')}`;
  const limits = LIMITS.filter(([name]) => rules.has(name)).map(
    ([name, words]) => `${words} ${plain(rules.get(name))}`,
  );
  const type = rules.get('type');
  if (type === undefined && limits.length === 0) return 'what the contract describes';
  return [typeWords(type), ...limits].join(' ');
}

/** A value as JSON on one line, cut short: it comes from a message and may be of any size. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > MAX_SHOWN
      ? `${JSON.stringify(value.slice(0, MAX_SHOWN))}…`
      : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

const MAX_SHOWN = 60;

const LIMITS: readonly (readonly [string, string])[] = [
  ['format', 'in the format'],
  ['pattern', 'matching'],
  ['minimum', 'of at least'],
  ['exclusiveMinimum', 'above'],
  ['maximum', 'of at most'],
  ['exclusiveMaximum', 'below'],
  ['multipleOf', 'in steps of'],
  ['minLength', 'of at least this many characters:'],
  ['maxLength', 'of at most this many characters:'],
  ['minItems', 'of at least this many items:'],
  ['maxItems', 'of at most this many items:'],
];

function typeWords(type: unknown): string {
  const names = Array.isArray(type) ? type : [type];
  const words = names.map((name) => WITH_ARTICLE.get(String(name)) ?? 'a value');
  return words.join(' or ');
}

const WITH_ARTICLE: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['integer', 'an integer'],
  ['boolean', 'true or false'],
  ['object', 'an object'],
  ['array', 'an array'],
  ['null', 'null'],
]);

const plain = (value: unknown): string => (typeof value === 'string' ? value : shown(value));

function title(form: unknown): string {
  if (typeof form !== 'object' || form === null) return 'any';
  const name = new Map<string, unknown>(Object.entries(form)).get('title');
  return typeof name === 'string' ? name : describeSchema(form);
}
