import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { type EntryId, entryId, groupName, isEntryId } from '../redis/index.js';
import type { BusMetrics } from './bus-metrics.js';
import { bodyText } from './http-body.js';
import { jsonAnswer, problemAnswer } from './http-operations.js';
import { checkedName } from './http-subscription-request.js';
import type { HttpSubscriptions } from './http-subscriptions.js';
import { unknownContract } from './publish-errors.js';

const MOST_IDS = 1_000;

export interface AcksRoute {
  readonly subscriptions: HttpSubscriptions;
  readonly contracts: Contracts;
  readonly metrics: BusMetrics;
}

/** `POST /acks/:type/:group` and `GET /subscriptions`. */
export function routeAcks(
  app: FastifyInstance,
  { subscriptions, contracts, metrics }: AcksRoute,
): void {
  app.post<{ Params: { type: string; group: string } }>('/acks/:type/:group', {
    config: { operation: ACKNOWLEDGE },
    handler: async ({ params: { type, group }, body, headers }) => {
      if (contracts.get(type) === null) throw unknownContract(type);
      const name = groupName(checkedName(group, 'group'));
      const { ids, working } = bodyIn(bodyText(body, headers));
      const held = subscriptions.working(type, name, working);
      const acknowledged = ids.length === 0 ? 0 : await subscriptions.acknowledge(type, name, ids);
      metrics.acknowledged(type, acknowledged);
      return working.length === 0 ? { acknowledged } : { acknowledged, working: held };
    },
  });

  app.get('/subscriptions', { config: { operation: LIST } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { subscriptions: subscriptions.list() };
  });
}

interface Acks {
  readonly ids: readonly EntryId[];
  readonly working: readonly EntryId[];
}

/** @throws {OrionError} `acks.malformed` */
function bodyIn(text: string): Acks {
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) throw malformed();
  const working = 'working' in body ? idsIn(body.working) : [];
  // Who only says that it is at work has nothing to acknowledge.
  const ids = 'ids' in body || working.length === 0 ? idsIn('ids' in body ? body.ids : null) : [];
  return { ids, working };
}

function idsIn(ids: unknown): readonly EntryId[] {
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MOST_IDS) throw malformed();
  return ids.map((id: unknown) => {
    if (typeof id !== 'string' || !isEntryId(id)) throw malformed();
    return entryId(id);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

function malformed(): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'acks.malformed',
    message: `The body is {"ids":[…]}, {"working":[…]} or both, each with 1 to ${MOST_IDS} entry ids.`,
    hint: 'Nothing was acknowledged.',
  });
}

const IDS: JsonObject = {
  type: 'array',
  minItems: 1,
  maxItems: MOST_IDS,
  items: { $ref: '#/components/schemas/EntryId' },
};

const ACKNOWLEDGE: JsonObject = {
  operationId: 'acknowledge',
  summary: 'Messages are done',
  description:
    'Acknowledges entries of a group, whichever consumer they are pending with, and gives the credit of those back to the subscription that holds them. Doing it again is harmless. `working` names entries that are still being handled: a sign of life for who holds them.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          anyOf: [{ required: ['ids'] }, { required: ['working'] }],
          properties: { ids: IDS, working: IDS },
        },
      },
    },
  },
  responses: {
    200: jsonAnswer('How many of them were pending', {
      type: 'object',
      required: ['acknowledged'],
      properties: {
        acknowledged: { type: 'integer' },
        working: { type: 'integer', description: 'how many of these a subscriber holds' },
      },
    }),
    400: problemAnswer('The body is not a list of entry ids.'),
    404: problemAnswer('There is no such contract.'),
    413: problemAnswer('The body is too large.'),
    415: problemAnswer('The body is not application/json.'),
    503: problemAnswer('Redis does not answer; nothing may have been acknowledged.'),
  },
};

const FIGURES: JsonObject = {
  type: 'object',
  required: ['type', 'group', 'consumer', 'ageMs', 'credit', 'unacknowledged', 'oldestMs'],
  properties: {
    type: { type: 'string' },
    group: { type: 'string' },
    consumer: { type: 'string' },
    ageMs: { type: 'integer', description: 'since the subscriber came' },
    credit: { type: 'integer' },
    unacknowledged: { type: 'integer' },
    oldestMs: { type: ['integer', 'null'], description: 'how long the oldest of these is held' },
    delivered: { type: 'integer' },
    acknowledged: { type: 'integer' },
    connected: { type: 'boolean', description: 'whether its connection to Redis stands' },
  },
};

const LIST: JsonObject = {
  operationId: 'listSubscriptions',
  summary: 'Who is subscribed, and what they hold',
  responses: {
    200: jsonAnswer('Each subscription', {
      type: 'object',
      required: ['subscriptions'],
      properties: { subscriptions: { type: 'array', items: FIGURES } },
    }),
  },
};
