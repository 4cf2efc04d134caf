import { OrionError } from '../problems/index.js';

/**
 * A body as text: UTF-8 and nothing else, whatever charset is claimed (RFC 8259, 8.1).
 * @throws {OrionError} `message.not-json`; `http.media-type` when neither a body nor a type was sent
 */
export function bodyText(
  body: unknown,
  headers: { readonly 'content-type'?: string | undefined },
): string {
  if (!Buffer.isBuffer(body)) {
    if (headers['content-type'] === undefined) throw mediaType();
    throw malformed('The body is empty.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformed('The body is not valid UTF-8.');
  }
}

/** @throws {OrionError} `http.media-type` for a body that is encoded */
export function checkEncoding(encoding: string | undefined): void {
  if (!/^(?:identity)?$/i.test(encoding ?? '')) throw mediaType();
}

function mediaType(): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'http.media-type',
    message:
      'A message is sent as application/json, a batch as application/x-ndjson, without a content encoding.',
  });
}

function malformed(message: string): OrionError {
  return new OrionError({ kind: 'validation', code: 'message.not-json', message });
}
