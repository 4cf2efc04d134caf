import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { OrionError } from '../problems/index.js';

/** A secret kept as a function, so that it cannot be printed or serialised by accident. */
export type Secret = () => string;

/**
 * Refuses to listen where others can reach the bus without a token.
 * @throws {OrionError} `http.token-needed`
 */
export function checkAccess(host: string, token: Secret | null): void {
  if (token?.() === '') {
    throw new OrionError({
      kind: 'config',
      code: 'http.token-empty',
      message: 'The token is empty.',
    });
  }
  if (token !== null || isLoopback(host)) return;
  throw new OrionError({
    kind: 'config',
    code: 'http.token-needed',
    message: `The bus may listen on ${host} only with a token.`,
    hint: 'Everybody who reaches that address could publish. Set a token, or listen on 127.0.0.1.',
  });
}

/** Whether an `Authorization` header carries the token; takes as long for a near miss as for a far one. */
export function isAuthorised(header: string | undefined, token: Secret | null): boolean {
  if (token === null) return true;
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digestOf(given), digestOf(token()));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
