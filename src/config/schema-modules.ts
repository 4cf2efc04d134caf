import type { JsonObject } from '../problems/index.js';
import { argv, group, name, path, service, text, when } from './schema-words.js';

/* What is moved: the modules, the publishers, and the values in their files that say which bus they use. */

const FORMATS = ['env', 'yaml', 'json', 'toml', 'text'] as const;

function setting(required: readonly string[]): JsonObject {
  return {
    title: `a setting {${['file', 'format', 'key', 'source', 'target', 'type'].join(', ')}}`,
    type: 'object',
    additionalProperties: false,
    required: ['file', 'format', ...required],
    properties: {
      file: { ...path, title: 'the path of the file the setting stands in' },
      format: { title: FORMATS.join(', '), enum: FORMATS },
      key: { title: 'the name of the value in the file', type: 'string', minLength: 1 },
      source: { ...text, title: 'the value for the source, as a text (numbers in quotes)' },
      target: { ...text, title: 'the value for the target, as a text (numbers in quotes)' },
      type: { ...name, title: 'a contract type, such as event' },
    },
    ...when(
      { properties: { format: { const: 'text' } }, required: ['format'] },
      {
        properties: {
          key: { title: 'no key with format text', not: {} },
          source: { title: 'the whole old string', minLength: 1 },
          target: { title: 'the whole new string', minLength: 1 },
        },
      },
      { title: 'the name of the value in the file', required: ['key'] },
    ),
  };
}

/** One setting, or a list of at least `least`. */
function settings(required: readonly string[], least: number): JsonObject {
  const one = setting(required);
  return {
    title: 'a setting, or a list of settings',
    type: ['object', 'array'],
    ...when(
      { type: 'array' },
      { title: 'a list of one setting or more', minItems: least, items: one },
      when({ type: 'object' }, one, {}),
    ),
  };
}

/** A command of the operator's, such as the tests of a module. */
export const program = (title: string): JsonObject => ({
  title: `${title}: {command, cwd, env}`,
  type: 'object',
  additionalProperties: false,
  required: ['command'],
  properties: {
    command: argv,
    cwd: path,
    env: {
      title: 'a map of environment variables',
      type: 'object',
      default: {},
      propertyNames: {
        title: 'the name of an environment variable',
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      },
      additionalProperties: text,
    },
  },
});

const groups: JsonObject = {
  title: 'a map of contract types, such as {decision: {source: a, target: b}}',
  type: 'object',
  default: {},
  propertyNames: { ...name, title: 'a contract type, such as event' },
  additionalProperties: {
    title: 'the groups of this type: {source, target}',
    type: 'object',
    additionalProperties: false,
    properties: { source: group, target: group },
  },
};

const moduleEntry: JsonObject = {
  title: 'a module: {service, settings, risk, log, tests, subscribes, groups}',
  type: 'object',
  additionalProperties: false,
  required: ['service', 'settings'],
  properties: {
    risk: { title: 'low, medium or high', enum: ['low', 'medium', 'high'], default: 'medium' },
    service,
    log: {
      ...path,
      title: 'the path of a log, or journal',
      type: ['string', 'null'],
      default: null,
    },
    settings: settings([], 1),
    tests: program('the tests of the module'),
    subscribes: {
      title: 'a list of contract types, each once',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { ...name, title: 'a contract type, such as event' },
    },
    groups,
  },
};

const publisherEntry: JsonObject = {
  title: 'a publisher: {service, settings, source}',
  type: 'object',
  additionalProperties: false,
  required: ['service', 'settings'],
  // A publisher whose change is code says so by an empty list.
  properties: {
    service,
    settings: settings(['source', 'target'], 0),
    source: { title: 'what stands in source of its messages', type: 'string', minLength: 1 },
  },
};

const byName = (title: string, entry: JsonObject): JsonObject => ({
  title,
  type: 'object',
  default: {},
  propertyNames: name,
  additionalProperties: entry,
});

export const modules = byName('a map of modules by their names', moduleEntry);
export const publishers = byName('a map of publishers by their names', publisherEntry);
