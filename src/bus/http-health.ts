import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../problems/index.js';
import { jsonAnswer } from './http-operations.js';
import type { Pulse } from './pulse.js';

export interface HealthRoute {
  readonly pulse: Pulse;
  readonly version: string;
  readonly stopping: () => boolean;
}

/** `GET /health`: answered without a token and whatever happens; 503 says why the bus is of no use now. */
export function routeHealth(app: FastifyInstance, { pulse, version, stopping }: HealthRoute): void {
  app.get('/health', { config: { operation: OPERATION } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const problem = await pulse.ask();
    const reasons = [
      ...(stopping() ? ['the bus is shutting down'] : []),
      ...(problem === null ? [] : [problem]),
      ...(problem === null && pulse.refusal !== null ? [pulse.refusal] : []),
    ];
    if (reasons.length === 0) return { status: 'ok', service: 'orion-bus', version };
    return reply.code(503).send({ status: 'degraded', reasons });
  });
}

const OPERATION: JsonObject = {
  operationId: 'health',
  summary: 'Whether the bus is of use',
  security: [{}],
  responses: {
    200: jsonAnswer('It is', {
      type: 'object',
      required: ['status', 'service', 'version'],
      properties: {
        status: { const: 'ok' },
        service: { const: 'orion-bus' },
        version: { type: 'string' },
      },
    }),
    503: jsonAnswer('It is not, and why', {
      type: 'object',
      required: ['status', 'reasons'],
      properties: {
        status: { const: 'degraded' },
        reasons: { type: 'array', items: { type: 'string' } },
      },
    }),
  },
};
