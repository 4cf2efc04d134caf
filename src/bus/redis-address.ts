import { OrionError } from '../problems/index.js';
import type { RedisAddress } from '../redis/index.js';

/**
 * Where a Redis is, from `host:port` (the form of `--redis-addr`), `redis://`, `rediss://` or
 * `unix:///path`. A login inside a URL is taken out of it, so that the URL may be shown.
 * @throws {OrionError} `redis.address`; it does not repeat the text, which may hold a password
 */
export function redisAddress(text: string): RedisAddress {
  const url = parsed(text.includes('://') ? text : `redis://${text}`);
  const password = decoded(url.password);
  const username = decoded(url.username);
  url.password = '';
  url.username = '';
  return {
    url: url.href,
    username: username === '' ? null : username,
    password: password === '' ? null : () => password,
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const known = url !== null && ['redis:', 'rediss:', 'unix:'].includes(url.protocol);
  if (known && (url.hostname !== '' || url.protocol === 'unix:')) return url;
  throw notAnAddress();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notAnAddress();
  }
}

function notAnAddress(): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'redis.address',
    message: 'The address of Redis is not one.',
    hint: 'It is host:port, redis://host:port, rediss://host:port or unix:///path.',
  });
}
