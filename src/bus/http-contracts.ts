import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import type { JsonObject } from '../problems/index.js';
import { jsonAnswer, problemAnswer } from './http-operations.js';
import { unknownContract } from './publish-errors.js';

/** `GET /contracts` and `GET /contracts/:type`: what messages are held to, as it is in force now. */
export function routeContracts(app: FastifyInstance, contracts: Contracts): void {
  app.get('/contracts', { config: { operation: LIST } }, async () => ({
    contracts: contracts.types.map((type) => {
      const { title = null, description = null } = contracts.get(type) ?? {};
      return { type, title, description };
    }),
  }));

  app.get<{ Params: { type: string } }>('/contracts/:type', {
    config: { operation: SHOW },
    handler: async ({ params: { type } }, reply) => {
      const contract = contracts.get(type);
      if (contract === null) throw unknownContract(type);
      return reply.type('application/schema+json').send(JSON.stringify(contract.schema));
    },
  });
}

const NULLABLE = { type: ['string', 'null'] };

const LIST: JsonObject = {
  operationId: 'listContracts',
  summary: 'The types of messages',
  responses: {
    200: jsonAnswer('Each type that has a contract', {
      type: 'object',
      required: ['contracts'],
      properties: {
        contracts: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'title', 'description'],
            properties: { type: { type: 'string' }, title: NULLABLE, description: NULLABLE },
          },
        },
      },
    }),
  },
};

const SHOW: JsonObject = {
  operationId: 'showContract',
  summary: 'One contract',
  responses: {
    200: {
      description: 'Its JSON Schema',
      content: { 'application/schema+json': { schema: { type: 'object' } } },
    },
    404: problemAnswer('There is no such contract.'),
  },
};
