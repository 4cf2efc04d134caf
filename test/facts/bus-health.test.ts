import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { busHealth } from '../../src/facts/index.js';
import { freePort } from '../handoff/rig.js';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

it('is ok where the bus says so, with what it calls itself', async () => {
  const url = await answering((request, response) => {
    expect(request.url).toBe('/health');
    response.end('{"status":"ok","service":"orion-bus","version":"1.2.3"}');
  });
  expect(await busHealth(url, 2_000)).toEqual({
    ...{ ok: true, url, status: 200, service: 'orion-bus', version: '1.2.3', problem: null },
    milliseconds: expect.any(Number),
  });
});

it.each([
  ['no JSON', 'fine'],
  ['JSON that is no object', '17'],
  ['null', 'null'],
  ['names of another kind', '{"service":7,"version":{}}'],
])('is ok on 200 with %s, and then has no name', async (_name, body) => {
  const url = await answering((_request, response) => response.end(body));
  expect(await busHealth(url, 2_000)).toMatchObject({ ok: true, service: null, version: null });
});

it.each([
  [503, '{"status":"unavailable"}', 'it answered 503'],
  [404, '', 'it answered 404'],
  [204, '', 'it answered 204'],
])('is not ok on %i', async (status, body, problem) => {
  const url = await answering((_request, response) => {
    response.statusCode = status;
    response.end(body);
  });
  expect(await busHealth(url, 2_000)).toMatchObject({ ok: false, status, problem });
});

it('does not follow elsewhere', async () => {
  const url = await answering((_request, response) => {
    response.writeHead(302, { location: '/elsewhere' });
    response.end();
  });
  expect(await busHealth(url, 2_000)).toMatchObject({ ok: false, status: null });
});

it.each([
  ['nobody listens', async () => `http://127.0.0.1:${await freePort()}`, /ECONNREFUSED/],
  ['the address is none', async () => 'not an address', /Invalid URL/],
  ['no answer comes in time', () => answering(() => undefined), /timeout|aborted/i],
])('is a problem and no exception where %s', async (_name, url, problem) => {
  const health = await busHealth(await url(), 200);
  expect(health).toMatchObject({ ok: false, status: null });
  expect(health.problem).toMatch(problem);
});

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
