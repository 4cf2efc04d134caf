import type { ConnectionOptions } from 'node:tls';

export interface RedisAddress {
  /** `redis://`, `rediss://` or `unix:///path`, without a password. */
  readonly url: string;
  readonly username: string | null;
  /** Kept as a function so that it cannot be printed or serialised by accident. */
  readonly password: (() => string) | null;
}

/** Where a socket has to go, and which database is meant. */
export interface Endpoint {
  readonly options: Pick<ConnectionOptions, 'host' | 'servername'> &
    ({ readonly path: string } | { readonly host: string; readonly port: number });
  readonly tls: boolean;
  readonly database: number;
}

const DEFAULT_PORT = 6379;

/** A unix socket's database stands in the query, as `unix:///path?db=2`. */
export function endpointOf({ url }: Pick<RedisAddress, 'url'>): Endpoint {
  const { protocol, hostname, port, pathname, searchParams } = new URL(url);
  if (protocol === 'unix:') {
    return {
      options: { path: decodeURIComponent(pathname) },
      tls: false,
      database: Number(searchParams.get('db') ?? 0),
    };
  }
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  const tls = protocol === 'rediss:';
  return {
    options: {
      host,
      port: port === '' ? DEFAULT_PORT : Number(port),
      ...(tls ? { servername: host } : {}),
    },
    tls,
    database: pathname.length > 1 ? Number(pathname.slice(1)) : 0,
  };
}
