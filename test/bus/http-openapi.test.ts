import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, shippedContracts, startBus, type TestBus } from './bus-fixture.js';

let redis: TestRedis;
let bus: TestBus;

beforeAll(async () => {
  redis = await startRedis();
  bus = await startBus(redis);
});
afterAll(async () => {
  await bus.stop();
  await redis.stop();
});

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

async function documented(): Promise<Map<string, Operation>> {
  const response = await fetch(`${bus.url}/openapi.json`);
  const { openapi, paths } = (await response.json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  }; // OpenAPI's own shape
  expect(openapi).toBe('3.1.0');
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method]) => method !== 'parameters')
        .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );
}

/** Every operation there is, with a request that succeeds and requests that do not. */
const REQUESTS: Readonly<Record<string, readonly (readonly [path: string, body?: string])[]>> = {
  'GET /health': [['/health']],
  'GET /metrics': [['/metrics']],
  'GET /contracts': [['/contracts']],
  'GET /contracts/{type}': [['/contracts/event'], ['/contracts/nothing']],
  'GET /openapi.json': [['/openapi.json']],
  'GET /subscriptions': [['/subscriptions']],
  'GET /messages/{type}': [
    ['/messages/event?group=g&consumer=c&start=tip'],
    ['/messages/event?group=g'],
    ['/messages/nothing?group=g&consumer=c'],
  ],
  'POST /messages/{type}': [
    ['/messages/event', JSON.stringify(anEvent())],
    ['/messages/event', '{}'],
    ['/messages/event', '{'],
    ['/messages/nothing', '{}'],
  ],
  'POST /messages/{type}/batch': [
    ['/messages/event/batch', JSON.stringify(anEvent())],
    ['/messages/event/batch', '{}'],
    ['/messages/event/batch', ''],
  ],
  'POST /acks/{type}/{group}': [
    ['/acks/event/g', '{"ids":["1-1"]}'],
    ['/acks/event/g', '{}'],
    ['/acks/nothing/g', '{"ids":["1-1"]}'],
  ],
};

test('the document has exactly the operations there are, each named and described', async () => {
  const operations = await documented();
  expect(new Set(operations.keys())).toEqual(new Set(Object.keys(REQUESTS)));
  for (const [name, { operationId, summary, responses }] of operations) {
    expect(operationId, name).toMatch(/^[a-z]\w+$/i);
    expect(summary, name).toBeTruthy();
    expect(Object.keys(responses).length, name).toBeGreaterThan(0);
  }
  const ids = [...operations.values()].map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(Object.keys(REQUESTS))('%s answers as documented', async (name) => {
  const operation = (await documented()).get(name);
  for (const [path, body] of REQUESTS[name] ?? []) {
    const type = path.includes('/batch') ? 'application/x-ndjson' : 'application/json';
    const stop = new AbortController();
    const response = await fetch(`${bus.url}${path}`, {
      method: name.split(' ')[0] ?? '',
      ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
      signal: stop.signal,
    });
    const promised = operation?.responses[String(response.status)];
    expect(promised, `${name} ${path}: ${response.status}`).toBeDefined();
    const media = response.headers.get('content-type')?.split(';')[0];
    expect(Object.keys(promised?.content ?? {}), `${name} ${path}`).toContain(media);
    stop.abort();
  }
});

describe('another method', () => {
  test.each(Object.keys(REQUESTS))('than those of %s: 405, and Allow says which', async (name) => {
    const operations = await documented();
    const [, path = ''] = name.split(' ');
    const methods = [...operations.keys()]
      .filter((each) => each.endsWith(` ${path}`))
      .map((each) => each.split(' ')[0] ?? '');
    const [[request = '']] = REQUESTS[name] as [[string]]; // each has one at least
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'GET', 'POST']) {
      if (methods.includes(method)) continue;
      // A body that nobody could read must not hide that nobody wants it.
      const hasBody = !['GET', 'OPTIONS'].includes(method);
      const init = hasBody ? { body: 'x', headers: { 'content-type': 'image/png' } } : {};
      const response = await fetch(`${bus.url}${request}`, { method, ...init });
      expect(response.status, `${method} ${request}`).toBe(405);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      const allowed = (response.headers.get('allow') ?? '').split(', ');
      expect(new Set(allowed.filter((each) => each !== 'HEAD'))).toEqual(new Set(methods));
      await response.body?.cancel();
    }
  });
});

test('contracts: the list, and each as the JSON Schema it is', async () => {
  const contracts = await shippedContracts();
  const list = (await (await fetch(`${bus.url}/contracts`)).json()) as {
    contracts: { type: string; title: string }[];
  }; // its schema
  expect(list.contracts.map(({ type }) => type)).toEqual(contracts.types);
  expect(list.contracts.every(({ title }) => title !== '')).toBe(true);
  const shown = await fetch(`${bus.url}/contracts/edge.command`);
  expect(await shown.json()).toEqual(contracts.get('edge.command')?.schema);
});

test('a token is asked for by everything but health, 405 included', async () => {
  const guarded = await startBus(redis, { token: () => 's3cret' });
  for (const [name, requests] of Object.entries(REQUESTS)) {
    const [[path]] = requests as [[string]]; // each has one at least
    for (const method of [name.split(' ')[0] ?? '', 'PUT']) {
      const response = await fetch(`${guarded.url}${path}`, { method });
      const expected = path === '/health' ? [200, 405] : [401];
      expect(expected, `${method} ${path}`).toContain(response.status);
      await response.body?.cancel();
    }
  }
  await guarded.stop();
});
