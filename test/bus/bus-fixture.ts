import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  type BusServer,
  type BusServerOptions,
  createBusServer,
  createLog,
} from '../../src/bus/index.js';
import { type Contracts, loadContracts } from '../../src/contracts/index.js';
import { systemClock } from '../../src/problems/index.js';
import { RedisLink, type Reply } from '../../src/redis/index.js';
import type { TestRedis } from '../support/redis-server.js';

export const contractsDirectory = fileURLToPath(new URL('../../contracts', import.meta.url));

export const shippedContracts = (): Promise<Contracts> =>
  loadContracts({ directory: contractsDirectory });

export function anEvent(data: object = { cpu: 93 }): Record<string, unknown> {
  return {
    version: '1.0',
    event_id: randomUUID(),
    timestamp: '2026-01-05T10:00:00Z',
    source: 'orion-edge-agent',
    event_type: 'service_down',
    severity: 'warning',
    data,
  };
}

export interface TestBus {
  readonly server: BusServer;
  readonly url: string;
  readonly lines: string[];
  post(type: string, body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

/** A server of a test's own on a free port, with a link of its own to the test's Redis. */
export async function startBus(
  redis: TestRedis,
  overrides: Partial<BusServerOptions> = {},
): Promise<TestBus> {
  const lines: string[] = [];
  const server = await createBusServer({
    link: await RedisLink.open(redis.address, 'orion-test-bus'),
    contracts: await shippedContracts(),
    prefix: 'orion',
    maxLength: 10_000,
    host: '127.0.0.1',
    port: 0,
    token: null,
    version: '1.2.3',
    log: createLog((line) => void lines.push(line), 'debug', systemClock),
    clock: systemClock,
    ...overrides,
  });
  return {
    server,
    url: server.url,
    lines,
    post: (type, body, headers = {}) =>
      fetch(`${server.url}/messages/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
    stop: async () => void (await server.stop(5_000)),
  };
}

/** The texts in a stream, oldest first. */
export async function textsIn(redis: TestRedis, key: string): Promise<string[]> {
  const entries = await redis.link.command('XRANGE', key, '-', '+');
  return listOf(entries).map((entry) => String(listOf(listOf(entry)[1])[1]));
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** Asks until the answer is as wanted; the test's own time limit ends it. */
export async function until(wanted: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await wanted())) await systemClock.sleep(25);
}
