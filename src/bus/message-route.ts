import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';
import { ContractViolation } from './contract-violation.js';
import type { Log } from './log.js';
import { PROBE_TYPE } from './probe.js';
import { unknownContract } from './publish-errors.js';
import type { Publisher } from './publisher.js';

const MOST_LOGGED = 10;
const LONGEST_POINTER = 200;

export interface MessageRoute {
  readonly publisher: Publisher;
  readonly contracts: Contracts;
  readonly log: Log;
}

/** `POST /messages/:type`: one message, published as it stands; 201 with its entry id. */
export function routeMessages(
  app: FastifyInstance,
  { publisher, contracts, log }: MessageRoute,
): void {
  // The trouble that publishing is in. It is logged when it begins, not for every message turned away.
  let trouble: string | null = null;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  app.post<{ Params: { type: string } }>('/messages/:type', {
    // Said before the body is read: nobody need send a body that cannot be taken.
    onRequest: async ({ params, headers }) => {
      if (params.type !== PROBE_TYPE && contracts.get(params.type) === null)
        throw unknownContract(params.type);
      if (!/^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) throw unsupported();
    },
    handler: async ({ params: { type }, headers, body }, reply) => {
      if (!Buffer.isBuffer(body) && headers['content-type'] === undefined) throw unsupported();
      try {
        const id = await publisher.publishText(type, textOf(body));
        if (trouble !== null) log('info', 'redis takes messages again', { after: trouble });
        trouble = null;
        log('debug', 'published', { type, id });
        return await reply.code(201).send({ id });
      } catch (error) {
        note(type, error);
        throw error;
      }
    },
  });

  function note(type: string, error: unknown): void {
    if (!(error instanceof OrionError)) return;
    if (error instanceof ContractViolation) {
      const violations = error.violations.slice(0, MOST_LOGGED).map(({ pointer, expected }) => ({
        pointer: pointer.slice(0, LONGEST_POINTER),
        expected,
      }));
      const count = error.violations.length + error.omitted;
      log('warn', 'contract validation failed', { type, count, violations });
    } else if (error.code === 'redis.out-of-memory' || error.code === 'redis.write-refused') {
      if (trouble !== error.code)
        log('error', 'redis refuses messages', { problem: error.message });
      trouble = error.code;
    } else {
      log('debug', 'message refused', { type, code: error.code });
    }
  }
}

/** The body as text: UTF-8 and nothing else, whatever charset is claimed (RFC 8259, 8.1). */
function textOf(body: unknown): string {
  try {
    if (Buffer.isBuffer(body)) return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformed('The body is not valid UTF-8.');
  }
  throw malformed('The body is empty.');
}

function malformed(message: string): OrionError {
  return new OrionError({ kind: 'validation', code: 'message.not-json', message });
}

function unsupported(): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'http.media-type',
    message: 'A message is sent as application/json, without a content encoding.',
  });
}
