/** A URL of Redis taken apart, so that what is printed never holds what is secret. */
export interface RedisUrl {
  /** The URL without user and password. */
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
}

export const REDIS_URL_EXPECTED =
  'redis://host:port/db, rediss://host:port/db or unix:///path' +
  ' (in a user or password @ : / ? # % are written %40 %3A %2F %3F %23 %25)';

/**
 * Takes a URL apart; null where it is none that can be used. A password with an unescaped `/`, `?`
 * or `#` would otherwise end up in the path or query, and be printed.
 */
export function readRedisUrl(text: string): RedisUrl | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || /[?#]$/.test(text)) return null;
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (username === null || password === null) return null;
  const user = { username: username || null, password: password || null };
  if (url.protocol === 'unix:') {
    const isPath = url.host === '' && url.pathname.length > 1 && decoded(url.pathname) !== null;
    return isPath ? { url: `unix://${url.pathname}`, ...user } : null;
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return null;
  if (url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname)) return null;
  return { url: `${url.protocol}//${url.host}${url.pathname}`, ...user };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
