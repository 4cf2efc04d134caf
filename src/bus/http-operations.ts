import type { FastifyInstance, HTTPMethods } from 'fastify';
import type { JsonObject } from '../problems/index.js';
import { refuse } from './http-app.js';
import { httpProblem, PROBLEM_TYPE } from './http-problem.js';

/*
 * Each route carries its own description, an OpenAPI operation, in its `config`. The document is put
 * together from the routes that were registered, so it can neither promise one that is missing nor
 * keep one to itself.
 */

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: JsonObject;
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface Operations {
  /** The OpenAPI document of everything registered so far. */
  document(version: string): JsonObject;
  /** Answers 405 with `Allow` to every other method of what is there. Comes after all routes. */
  refuseOtherMethods(): void;
}

/** Watches the registration of routes. Comes before all routes. */
export function collectOperations(app: FastifyInstance): Operations {
  const methods = new Map<string, Set<string>>();
  const operations = new Map<string, Map<string, JsonObject>>();
  let collecting = true;

  app.addHook('onRoute', ({ method, url, config }) => {
    if (!collecting) return;
    for (const each of [method].flat()) {
      at(methods, url, () => new Set<string>()).add(each);
      // HEAD comes by itself with each GET and needs no description of its own.
      if (each === 'HEAD') continue;
      const described = at(operations, url, () => new Map<string, JsonObject>());
      described.set(each.toLowerCase(), config?.operation ?? UNDESCRIBED);
    }
  });

  return {
    document: (version) => ({
      openapi: '3.1.0',
      info: {
        title: 'orion-bus',
        version,
        description:
          'Messages of known contracts, published to Redis streams and delivered to consumer groups.',
      },
      security: [{}, { token: [] }],
      paths: Object.fromEntries(
        [...operations].map(([url, described]) => [
          url.replaceAll(/:(\w+)/g, '{$1}'),
          { ...parametersOf(url), ...Object.fromEntries(described) },
        ]),
      ),
      components: COMPONENTS,
    }),
    refuseOtherMethods: () => {
      collecting = false;
      for (const [url, known] of methods) {
        const others: HTTPMethods[] = METHODS.filter((method) => !known.has(method));
        const allow = METHODS.filter((method) => known.has(method)).join(', ');
        app.route({
          method: others,
          url,
          // Before the body: it need not be one that anybody could read.
          onRequest: async (_request, reply) => {
            const problem = httpProblem(405, 'http.method', `Only ${allow} can be done here.`);
            return refuse(reply.header('allow', allow), problem);
          },
          handler: async () => undefined,
        });
      }
    },
  };
}

/** An answer of JSON, for an operation's `responses`. */
export function jsonAnswer(description: string, schema: JsonObject): JsonObject {
  return { description, content: { 'application/json': { schema } } };
}

/** A refusal, for an operation's `responses`. */
export function problemAnswer(description: string): JsonObject {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description, content: { [PROBLEM_TYPE]: { schema } } };
}

const UNDESCRIBED: JsonObject = { responses: {} };

const COMPONENTS: JsonObject = {
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      description: 'Needed where the bus was given a token, by everything but /health.',
    },
  },
  schemas: {
    EntryId: { type: 'string', pattern: '^\\d{1,20}-\\d{1,20}$', examples: ['1767607200000-0'] },
    Problem: {
      type: 'object',
      description: 'RFC 9457',
      required: ['type', 'title', 'status', 'detail'],
      properties: {
        type: { type: 'string', description: 'urn:orion-bus:problem: and a stable, dotted name' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        violations: {
          type: 'array',
          items: {
            type: 'object',
            required: ['pointer', 'message', 'expected'],
            properties: {
              index: { type: 'integer', description: 'the place in a batch, from 0' },
              pointer: { type: 'string', description: 'JSON pointer into the message' },
              message: { type: 'string' },
              expected: { type: 'string' },
            },
          },
        },
        omitted: { type: 'integer', description: 'how many more violations there are' },
      },
    },
  },
};

function parametersOf(url: string): { readonly parameters?: JsonObject[] } {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  if (names.length === 0) return {};
  return {
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
  };
}

function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
