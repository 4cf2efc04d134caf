import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { type Clock, type JsonObject, messageOf } from '../problems/index.js';
import type { BusMetrics } from './bus-metrics.js';
import type { Delivery } from './delivery.js';
import { problemAnswer } from './http-operations.js';
import { subscriptionRequest } from './http-subscription-request.js';
import type { HttpSubscriptions, Subscription } from './http-subscriptions.js';
import type { Log } from './log.js';
import { unknownContract } from './publish-errors.js';

/*
 * `GET /messages/:type`: messages as server-sent events, to one consumer of one group.
 *
 * A message is read from Redis when the socket has taken the one before it, so a subscriber that does
 * not read holds up its own subscription and nothing else. What it was sent stays pending until it is
 * acknowledged by `POST /acks`; a `Last-Event-ID`, which clients send by themselves, acknowledges nothing.
 *
 * A host that goes away without a word leaves a connection that seems to stand for a quarter of an hour, as
 * long as TCP tries to send what is under way. Nor does a process that hangs close its own. So who holds
 * messages and shows no sign of life for its `patience` is taken for gone.
 */

export interface StreamRoute {
  readonly subscriptions: HttpSubscriptions;
  readonly contracts: Contracts;
  readonly metrics: BusMetrics;
  readonly clock: Clock;
  readonly log: Log;
  /** How often a comment is sent, in milliseconds. */
  readonly keepAliveMs: number;
}

const TCP_KEEP_ALIVE_MS = 30_000;
const RETRY = 'retry: 1000\n\n';
/** For the last event; who does not take it is not there. */
const BYE_MS = 1_000;
const LONGEST_LOOK_MS = 10_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  connection: 'close',
};

export function routeStream(app: FastifyInstance, route: StreamRoute): void {
  const { subscriptions, contracts, metrics, clock, log, keepAliveMs } = route;

  app.get<{ Params: { type: string }; Querystring: Record<string, unknown> }>('/messages/:type', {
    // A HEAD would join the group and take messages.
    exposeHeadRoute: false,
    config: { operation: OPERATION },
    handler: async ({ params: { type }, query, raw: { socket } }, reply) => {
      if (contracts.get(type) === null) throw unknownContract(type);
      const subscription = await subscriptions.open(subscriptionRequest(type, query));
      const { group, consumer } = subscription.request;
      log('info', 'subscribed', { type, group, consumer, credit: subscription.request.credit });
      reply.hijack();
      socket.setTimeout(0);
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      socket.setNoDelay(true);
      const gone = goneSignal(reply.raw);
      reply.raw.writeHead(200, HEADERS);
      reply.raw.write(RETRY);
      void keepAlive(reply.raw, clock, keepAliveMs, gone);
      const silent = silentSignal(subscription, clock, gone);
      const why = await pump(reply.raw, subscription, { gone, silent }, (delivery) => {
        if (delivery.deliveries > 1) metrics.redelivered(type);
        else metrics.delivered(type, (clock.now() - delivery.publishedAt) / 1_000);
      });
      if (why === 'silent') void clock.sleep(BYE_MS, gone).then(() => reply.raw.destroy());
      // After a stop, what was sent may still be acknowledged: the server ends it in time.
      if (why !== 'stopping') await subscription.leave();
      const { unacknowledged, delivered } = subscription.source.figures();
      log(why === 'silent' ? 'warn' : 'info', 'unsubscribed', {
        type,
        group,
        consumer,
        why,
        delivered,
        unacknowledged,
      });
    },
  });
}

/** @returns why it ended: the subscriber went or is silent, the bus stops, or what else made an end of it */
async function pump(
  response: ServerResponse,
  { source }: Subscription,
  { gone, silent }: { readonly gone: AbortSignal; readonly silent: AbortSignal },
  onSent: (delivery: Delivery) => void,
): Promise<string> {
  let why = 'stopping';
  const over = AbortSignal.any([gone, silent]);
  try {
    for (;;) {
      const delivery = await source.next(over);
      if (delivery === null) break;
      // All that was read together is written together.
      let frames = '';
      for (let each: Delivery | null = delivery; each !== null; each = source.ready()) {
        frames += frameOf(each);
        onSent(each);
      }
      if (!response.write(frames)) await drained(response, over);
    }
  } catch (error) {
    why = messageOf(error);
  }
  if (gone.aborted) return 'gone';
  if (silent.aborted) why = 'silent';
  response.end(`event: bye\ndata: ${JSON.stringify({ reason: why })}\n\n`);
  return why;
}

/** Aborted when the subscriber has gone; he may have while the group was being joined. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.on('error', () => gone.abort());
  if (response.destroyed) gone.abort();
  return gone.signal;
}

/** Aborted when the subscriber has held messages for too long without a sign of life. */
function silentSignal(subscription: Subscription, clock: Clock, gone: AbortSignal): AbortSignal {
  const silent = new AbortController();
  const { patienceMs } = subscription.request;
  void (async () => {
    while (!gone.aborted && !silent.signal.aborted) {
      const leftMs = patienceMs - subscription.silentMs;
      if (leftMs <= 0) silent.abort();
      else await clock.sleep(Math.min(leftMs, LONGEST_LOOK_MS), gone);
    }
  })();
  return silent.signal;
}

async function keepAlive(
  response: ServerResponse,
  clock: Clock,
  everyMs: number,
  gone: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(everyMs, gone);
    if (gone.aborted || response.writableEnded) return;
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }
}

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    gone.addEventListener('abort', done, { once: true });
    if (gone.aborted) done();
  });
}

/** In JSON a line break can only stand between tokens, where a space means the same. */
function frameOf({ id, text }: Delivery): string {
  const line = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, ' ') : text;
  return `id: ${id}\nevent: message\ndata: ${line}\n\n`;
}

const OPERATION: JsonObject = {
  operationId: 'subscribe',
  summary: 'Messages of one type, as server-sent events',
  description:
    'Each event `message` has the entry id as `id` and the JSON text as `data`. It stays pending until it is acknowledged by `POST /acks`; what was pending with this consumer comes first. A last event `bye` with `{"reason"}` says why the bus made an end. Last-Event-ID acknowledges nothing.',
  parameters: [
    { name: 'group', in: 'query', required: true, schema: { type: 'string', maxLength: 200 } },
    {
      name: 'consumer',
      in: 'query',
      required: true,
      description: 'The same at each connection, so that what was left pending is found again.',
      schema: { type: 'string', maxLength: 200 },
    },
    {
      name: 'credit',
      in: 'query',
      description: 'The most unacknowledged messages.',
      schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 10 },
    },
    {
      name: 'patience',
      in: 'query',
      description:
        'After how many seconds without an acknowledgement, or `working`, a subscriber that holds messages is taken for gone: its subscription ends, and they are anybody’s a minimum idle time later.',
      schema: { type: 'integer', minimum: 1, maximum: 86_400, default: 300 },
    },
    {
      name: 'start',
      in: 'query',
      description: 'Where a group begins that does not exist: beginning, tip, or after an entry.',
      schema: {
        anyOf: [{ enum: ['beginning', 'tip'] }, { $ref: '#/components/schemas/EntryId' }],
      },
    },
  ],
  responses: {
    200: {
      description: 'The events, without end',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    400: problemAnswer('A parameter is missing or malformed.'),
    404: problemAnswer('There is no such contract, or no such group and no start.'),
    409: problemAnswer('That consumer is subscribed already.'),
    503: problemAnswer('Redis does not answer, or there are too many subscriptions.'),
  },
};
