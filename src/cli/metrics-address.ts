import { OrionError } from '../problems/index.js';

/** Reads `--metrics`. @throws {OrionError} kind usage */
export function metricsAddress(
  typed: string,
): { readonly host: string; readonly port: number } | null {
  if (typed === 'off') return null;
  const [, host = '', port = ''] =
    /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(typed) ?? [];
  if (host !== '' && Number(port) <= 65_535) {
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  }
  throw new OrionError({
    kind: 'usage',
    code: 'usage.address',
    message: `${JSON.stringify(typed)} is no address.`,
    hint: 'An address is host:port, such as 127.0.0.1:9465; off serves no metrics.',
  });
}
