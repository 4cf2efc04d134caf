import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { refuse } from './http-app.js';
import { bodyText, checkEncoding } from './http-body.js';
import { jsonAnswer, problemAnswer } from './http-operations.js';
import { batchProblemOf } from './http-problem.js';
import type { Log } from './log.js';
import { PROBE_TYPE } from './probe.js';
import { unknownContract } from './publish-errors.js';
import type { PublishNotes } from './publish-notes.js';
import type { Publisher } from './publisher.js';

export interface MessageRoute {
  readonly publisher: Publisher;
  readonly contracts: Contracts;
  readonly notes: PublishNotes;
  readonly log: Log;
}

type MessageRequest = FastifyRequest<{ Params: { type: string } }>;

const MOST_IN_BATCH = 1_000;

/** `POST /messages/:type`: one message, published as it stands; 201 with its entry id. */
export function routeMessages(app: FastifyInstance, route: MessageRoute): void {
  const { publisher, contracts, notes, log } = route;

  app.post<{ Params: { type: string } }>('/messages/:type', {
    config: { operation: PUBLISH },
    // Said before the body is read: nobody need send a body that cannot be taken.
    onRequest: async ({ params: { type }, headers }: MessageRequest) => {
      if (type !== PROBE_TYPE && contracts.get(type) === null) throw unknownContract(type);
      checkEncoding(headers['content-encoding']);
    },
    handler: async ({ params: { type }, headers, body }, reply) => {
      const began = performance.now();
      try {
        const id = await publisher.publishText(type, bodyText(body, headers));
        notes.succeeded(type, (performance.now() - began) / 1_000);
        log('debug', 'published', { type, id });
        return await reply.code(201).send({ id });
      } catch (error) {
        notes.failed(type, error);
        throw error;
      }
    },
  });
}

/** `POST /messages/:type/batch`: one message a line, all published or none; 201 with their ids. */
export function routeBatches(app: FastifyInstance, route: MessageRoute): void {
  const { publisher, contracts, notes, log } = route;

  app.post<{ Params: { type: string } }>('/messages/:type/batch', {
    config: { operation: PUBLISH_BATCH },
    onRequest: async ({ params: { type }, headers }: MessageRequest) => {
      if (contracts.get(type) === null) throw unknownContract(type);
      checkEncoding(headers['content-encoding']);
    },
    handler: async ({ params: { type }, headers, body }, reply) => {
      const began = performance.now();
      try {
        const ids = await publisher.publishTexts(type, linesOf(bodyText(body, headers)));
        notes.succeeded(type, (performance.now() - began) / 1_000);
        log('debug', 'published', { type, count: ids.length });
        return await reply.code(201).send({ ids });
      } catch (error) {
        notes.failed(type, error);
        if (error instanceof OrionError) return refuse(reply, batchProblemOf(error));
        throw error;
      }
    },
  });
}

/** @throws {OrionError} `batch.empty`, `batch.too-long` */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw refused('batch.empty', 'The batch has no message.');
  if (lines.length <= MOST_IN_BATCH) return lines;
  throw refused('batch.too-long', `A batch has ${MOST_IN_BATCH} messages at most.`);
}

function refused(code: string, message: string): OrionError {
  return new OrionError({ kind: 'usage', code, message, hint: 'Nothing was written.' });
}

const ENTRY_ID = { $ref: '#/components/schemas/EntryId' };

const REFUSALS = {
  404: problemAnswer('There is no such contract.'),
  408: problemAnswer('The request took too long to arrive.'),
  413: problemAnswer('The body is too large: 1 MiB is the most, and 1,000 messages in a batch.'),
  415: problemAnswer('The media type is another, or the body is encoded.'),
  422: problemAnswer('The contract is broken: nothing was written, `violations` says where.'),
  503: problemAnswer('Redis does not answer or takes no messages now; see Retry-After.'),
};

const PUBLISH: JsonObject = {
  operationId: 'publish',
  summary: 'Publish a message',
  requestBody: { required: true, content: { 'application/json': { schema: {} } } },
  responses: {
    201: jsonAnswer('It was appended to the stream of its type, as it stands', {
      type: 'object',
      required: ['id'],
      properties: { id: ENTRY_ID },
    }),
    400: problemAnswer('The body is not JSON.'),
    409: problemAnswer('A probe with that uuid was sent before.'),
    ...REFUSALS,
  },
};

const PUBLISH_BATCH: JsonObject = {
  operationId: 'publishBatch',
  summary: 'Publish messages of one type in order, all or none',
  description: 'One JSON document a line; empty lines do not count.',
  requestBody: {
    required: true,
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  },
  responses: {
    201: jsonAnswer('All were appended, in this order', {
      type: 'object',
      required: ['ids'],
      properties: { ids: { type: 'array', items: ENTRY_ID } },
    }),
    400: problemAnswer('There is no message in it, or it is not UTF-8.'),
    ...REFUSALS,
  },
};
