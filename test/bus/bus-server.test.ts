import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, textsIn } from './bus-fixture.js';

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
beforeEach(async () => {
  await redis.link.command('FLUSHALL');
  bus.lines.length = 0;
});

interface ProblemBody {
  readonly status: number;
  readonly title: string;
  readonly type: string;
  readonly detail: string;
  readonly violations?: readonly { readonly pointer: string; readonly expected: string }[];
  readonly omitted?: number;
}

async function problemOf(response: Response): Promise<ProblemBody> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await response.json()) as ProblemBody; // its fields are what the tests look at
  expect(body.status).toBe(response.status);
  expect(body.title.length * body.detail.length * body.type.length).toBeGreaterThan(0);
  return body;
}

test('health: ok, with service and version', async () => {
  const response = await fetch(`${bus.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok', service: 'orion-bus', version: '1.2.3' });
});

describe('POST /messages/:type', () => {
  test('201: the message is in its stream as it was sent', async () => {
    const text = JSON.stringify(anEvent({ name: 'Grüße 🚀', big: 1 }), null, 2);
    const response = await bus.post('event', `\uFEFF${text}\n`);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ id: expect.stringMatching(/^\d+-\d+$/) });
    expect(await textsIn(redis, 'orion:events')).toEqual([text]);
  });

  test('a type with a dot goes to the stream with a plain s', async () => {
    const message = {
      version: '1.0',
      timestamp: '2026-01-05T10:00:00Z',
      source: 'orion-brain',
      command_id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      command_type: 'STATUS',
      device_id: 'rover-1',
    };
    expect((await bus.post('edge.command', JSON.stringify(message))).status).toBe(201);
    expect(await redis.link.command('XLEN', 'orion:edge.commands')).toBe(1);
  });

  test('422: pointers in the answer, a line in the log, no payload in the log, nothing written', async () => {
    const message = { ...anEvent({ pin: 'hunter2' }), severity: 'hunter3', source: 'hunter4' };
    const problem = await problemOf(await bus.post('event', JSON.stringify(message)));
    expect(problem.status).toBe(422);
    expect(problem.violations?.map(({ pointer }) => pointer).sort()).toEqual([
      '/severity',
      '/source',
    ]);
    expect(problem.omitted).toBe(0);
    const lines = bus.lines.filter((line) => line.includes('contract validation failed'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', type: 'event', count: 2 });
    expect(bus.lines.join('\n')).not.toContain('hunter');
    expect(await redis.link.command('DBSIZE')).toBe(0);
  });

  test('422 with very many violations stays small', async () => {
    const incident = { event_ids: Array.from({ length: 50_000 }, () => 7) };
    const response = await bus.post('incident', JSON.stringify(incident));
    expect(response.status).toBe(422);
    expect((await response.text()).length).toBeLessThan(50_000);
  });

  test.each(['nothing', 'events', '__proto__', 'constructor', 'a%0Ab', 'x'.repeat(90)])(
    '404 for the unknown type %.20s, before a body is looked at',
    async (type) => {
      const problem = await problemOf(await bus.post(type, 'no json'));
      expect(problem).toMatchObject({
        status: 404,
        type: 'urn:orion-bus:problem:contract.unknown',
      });
    },
  );

  test('400 for what is no JSON, no UTF-8, or empty; none of it is quoted', async () => {
    const bodies: [string, string | Buffer][] = [
      ['no JSON', 'hunter2'],
      ['half a document', '{"version":"1.0","data":"hunter2'],
      ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
      ['empty', ''],
      ['deep and unclosed', '{"a":'.repeat(150_000)],
    ];
    for (const [name, body] of bodies) {
      const response = await bus.post('event', body);
      expect(response.status, name).toBe(400);
      expect(JSON.stringify(await problemOf(response))).not.toContain('hunter2');
    }
    expect(bus.lines.join('\n')).not.toContain('hunter2');
    expect(await redis.link.command('DBSIZE')).toBe(0);
  });

  test('422 for nesting deeper than any reader takes', async () => {
    const text = JSON.stringify(anEvent({ at: 'HERE' })).replace(
      '"HERE"',
      '['.repeat(200_000) + ']'.repeat(200_000),
    );
    expect((await problemOf(await bus.post('event', text))).status).toBe(422);
  });

  test('413 above 1 MiB, whether its length is announced or not', async () => {
    const room = 1024 * 1024 - JSON.stringify(anEvent({ text: '' })).length;
    const fits = JSON.stringify(anEvent({ text: 'x'.repeat(room) }));
    expect((await bus.post('event', fits)).status).toBe(201);
    expect((await problemOf(await bus.post('event', `${fits} `))).status).toBe(413);
    const chunked = await fetch(`${bus.url}/messages/event`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([fits, ' ']).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'nonsense'])(
    '415 for %s',
    async (type) => {
      const response = await bus.post('event', JSON.stringify(anEvent()), { 'content-type': type });
      expect((await problemOf(response)).status).toBe(415);
    },
  );

  test('415 without a type, and for an encoded body', async () => {
    const url = `${bus.url}/messages/event`;
    const untyped = await fetch(url, { method: 'POST', body: Buffer.from('{}') });
    expect(untyped.status).toBe(415);
    expect((await fetch(url, { method: 'POST' })).status).toBe(415);
    expect((await bus.post('event', 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('a charset is no obstacle', async () => {
    const type = 'application/json; charset=utf-8';
    const response = await bus.post('event', JSON.stringify(anEvent()), { 'content-type': type });
    expect(response.status).toBe(201);
  });
});

test('404 for what is not there, 400 for a path that is none', async () => {
  expect((await problemOf(await fetch(`${bus.url}/`))).status).toBe(404);
  expect((await problemOf(await fetch(`${bus.url}/messages/`))).status).toBe(404);
  expect((await problemOf(await bus.post('%E0%A4%A', '{}'))).status).toBe(400);
});

describe('a token', () => {
  test('is needed on an address that others reach', async () => {
    await expect(startBus(redis, { host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'http.token-needed',
    });
    await expect(startBus(redis, { token: () => '' })).rejects.toMatchObject({
      code: 'http.token-empty',
    });
  });

  test('401 without it or with a wrong one; health needs none; it is in no log', async () => {
    const guarded = await startBus(redis, { host: '0.0.0.0', token: () => 's3cret-token' });
    const url = `http://127.0.0.1:${guarded.server.port}`;
    const post = (authorization?: string): Promise<Response> =>
      fetch(`${url}/messages/event`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: JSON.stringify(anEvent()),
      });
    for (const wrong of [undefined, '', 'Bearer', 'Bearer s3cret', 'Basic s3cret-token']) {
      const response = await post(wrong);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect((await problemOf(response)).status).toBe(401);
    }
    expect((await post('Bearer s3cret-token')).status).toBe(201);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(guarded.lines.join('\n')).not.toContain('s3cret');
    await guarded.stop();
  });
});

test('a taken port is named', async () => {
  await expect(startBus(redis, { port: bus.server.port })).rejects.toMatchObject({
    code: 'http.port-taken',
    message: expect.stringContaining(String(bus.server.port)),
  });
});
