import type { Json, JsonObject } from '../problems/index.js';
import type { Config } from './config.js';
import { soundsSecret, withoutUserinfo } from './secrets.js';

/** The configuration as it may be shown: whether there is a password, never which. */
export function describeConfig(config: Config): JsonObject {
  const { redis, modules, ...rest } = config;
  return {
    ...shownMap(rest),
    redis: { ...redis, password: redis.password === null ? null : HIDDEN },
    modules: modules.map(({ tests, ...module }) => ({
      ...shownMap(module),
      tests: tests === null ? null : { ...shownMap(tests), env: shownEnvironment(tests.env) },
    })),
  };
}

const HIDDEN = '(hidden)';

function shownEnvironment(env: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      soundsSecret(name) ? HIDDEN : withoutUserinfo(value),
    ]),
  );
}

function shownMap(value: object): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part)]));
}

function shown(value: unknown): Json {
  if (typeof value === 'string') return withoutUserinfo(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === 'object' && value !== null ? shownMap(value) : null;
}
