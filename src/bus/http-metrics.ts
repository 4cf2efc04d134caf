import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import type { Clock, JsonObject } from '../problems/index.js';
import type { Capabilities, RedisLink } from '../redis/index.js';
import type { BusMetrics } from './bus-metrics.js';
import type { HttpSubscriptions } from './http-subscriptions.js';
import type { Pulse } from './pulse.js';
import { type StreamFigures, streamFigures } from './stream-figures.js';

export interface MetricsRoute {
  readonly metrics: BusMetrics;
  readonly subscriptions: HttpSubscriptions;
  readonly link: RedisLink;
  readonly pulse: Pulse;
  readonly capabilities: () => Promise<Capabilities>;
  readonly prefix: string;
  readonly contracts: Contracts;
  readonly clock: Clock;
}

/** Several scrapers, or a person who reloads, cost Redis one look. */
const FRESH_MS = 2_000;
const ANSWER_WITHIN_MS = 2_000;

/** `GET /metrics`. Without Redis it still tells what it knows by itself, and within its time. */
export function routeMetrics(app: FastifyInstance, route: MetricsRoute): void {
  const { metrics, subscriptions, link, pulse, capabilities, prefix, contracts, clock } = route;
  let last: { readonly at: number; readonly streams: readonly StreamFigures[] } | null = null;
  let looking: Promise<readonly StreamFigures[] | null> | null = null;

  async function look(): Promise<readonly StreamFigures[] | null> {
    if ((await pulse.ask()) !== null) return null;
    try {
      const streams = await streamFigures(link, await capabilities(), prefix, contracts);
      last = { at: clock.now(), streams };
      return streams;
    } catch {
      // What is wrong with Redis is said by the health endpoint and the log.
      return null;
    }
  }

  async function streams(): Promise<readonly StreamFigures[] | null> {
    if (last !== null && clock.now() - last.at < FRESH_MS) return last.streams;
    looking ??= look().finally(() => {
      looking = null;
    });
    const answered = new AbortController();
    const late = clock.sleep(ANSWER_WITHIN_MS, answered.signal).then(() => null);
    const found = await Promise.race([looking, late]);
    answered.abort();
    return found;
  }

  app.get('/metrics', { config: { operation: OPERATION } }, async (_request, reply) => {
    const text = await metrics.text({
      streams: await streams(),
      database: link.database,
      subscriptions: subscriptions.list(),
    });
    return reply.header('cache-control', 'no-store').type(metrics.contentType).send(text);
  });
}

const OPERATION: JsonObject = {
  operationId: 'metrics',
  summary: 'Figures for Prometheus',
  responses: {
    200: {
      description: 'In the text format',
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
  },
};
