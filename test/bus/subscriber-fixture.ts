import { randomUUID } from 'node:crypto';
import { type Bus, createBus, type Event, type SubscribeOptions } from '../../src/bus/index.js';
import type { JsonObject } from '../../src/problems/index.js';
import { listOf, type RedisLink } from '../../src/redis/index.js';
import type { TestRedis } from '../support/redis-server.js';

export const STREAM = 'orion:events';
export const DEAD = 'orion:events:dead';
export const GROUP = 'memory';

/** Options that make what takes minutes in production take a moment. */
export const quick = {
  group: GROUP,
  consumer: 'one',
  start: 'beginning',
  blockMs: 200,
  minIdleMs: 600,
  retryMs: 20,
  onProblem: () => undefined,
} satisfies SubscribeOptions;

export function eventOf(data: JsonObject): Event {
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

/** Events numbered from 1 up. */
export const eventsTo = (count: number): Event[] =>
  Array.from({ length: count }, (_, at) => eventOf({ n: at + 1 }));

export const numberIn = (event: Event): number => Number(event.data['n']);

export const openBus = (redis: TestRedis, url = redis.url): Promise<Bus> =>
  createBus({ redisUrl: url });

/** How many entries are pending in the group, with whomever. */
export async function pendingIn(link: RedisLink, group = GROUP): Promise<number> {
  return Number(listOf(await link.command('XPENDING', STREAM, group))[0]);
}

/** The fields of each dead letter as an object. */
export async function deadLetters(link: RedisLink): Promise<Record<string, string>[]> {
  return listOf(await link.command('XRANGE', DEAD, '-', '+')).map((entry) => {
    const flat = listOf(listOf(entry)[1]).map(String);
    const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : []));
    return Object.fromEntries(pairs) as Record<string, string>;
  });
}
