import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { type Clock, type JsonObject, messageOf, OrionError } from '../problems/index.js';
import { type Capabilities, probeCapabilities, type RedisLink } from '../redis/index.js';
import { checkAccess, isAuthorised, type Secret } from './access.js';
import { BusMetrics } from './bus-metrics.js';
import { deliveryNotes } from './delivery-notes.js';
import { routeAcks } from './http-acks.js';
import { openApp, refuse, takeBodiesOf } from './http-app.js';
import { routeContracts } from './http-contracts.js';
import { routeHealth } from './http-health.js';
import { routeMetrics } from './http-metrics.js';
import { collectOperations, jsonAnswer } from './http-operations.js';
import { httpProblem, problemOf } from './http-problem.js';
import { routeStream } from './http-stream.js';
import { HttpSubscriptions, type SubscriptionLine } from './http-subscriptions.js';
import type { Log } from './log.js';
import { routeBatches, routeMessages } from './message-route.js';
import { createPublishNotes } from './publish-notes.js';
import { createPublisher } from './publisher.js';
import { Pulse } from './pulse.js';

/*
 * The HTTP server of the bus.
 *
 * *serving*: takes requests. Redis going away, or taking no writes, changes nothing but the answers:
 *   /health and publishing say 503 until it does again.
 * *draining*: entered by `stop`. Nothing is published or read any more, /health says 503, each
 *   subscriber is told `bye`, and what he was sent can still be acknowledged until all of it is or the
 *   deadline has passed.
 * *stopping*: no new connection is taken, and the requests in flight are finished. Whatever is
 *   unfinished at the deadline is cut.
 * *stopped*: every connection is gone, then the link to Redis is closed.
 */

export interface BusServerOptions {
  /** Closed by `stop`: it belongs to the server from here on. */
  readonly link: RedisLink;
  readonly contracts: Contracts;
  readonly prefix: string;
  readonly maxLength: number;
  /** Where to listen. An address that is not loopback needs a token. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly token: Secret | null;
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  /** How long a request may take to arrive, in milliseconds; a slower one is answered 408 and cut. */
  readonly requestTimeoutMs?: number;
  /** After this time without a sign of life an entry is anybody's, in milliseconds; a minute. */
  readonly minIdleMs?: number;
  /** How often a message is delivered before it goes to the dead letters; 5 when left out. */
  readonly maxDeliveries?: number;
  /** How often a subscriber is sent a comment that shows the connection stands, in milliseconds. */
  readonly keepAliveMs?: number;
}

export interface BusServerStop {
  /** Requests that were cut at the deadline. */
  readonly cut: number;
  /** Subscriptions that left messages unacknowledged: these stay pending. */
  readonly left: readonly SubscriptionLine[];
}

export interface BusServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops in order; a second call waits for the first.
   * @param deadlineMs how long acknowledgements and requests in flight may take, together
   * @param hurry ends that time early
   */
  stop(deadlineMs: number, hurry?: AbortSignal): Promise<BusServerStop>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MIN_IDLE_MS = 60_000;
const MAX_DELIVERIES = 5;
/** Shorter than the patience of proxies with a silent connection. */
const KEEP_ALIVE_MS = 10_000;
/** What is still answered while subscribers finish their work. */
const WHILE_DRAINING = ['/health', '/metrics', '/subscriptions', '/acks/:type/:group'];

/** @throws {OrionError} `http.token-needed`, `http.port-taken`, `http.cannot-listen` */
export async function createBusServer(options: BusServerOptions): Promise<BusServer> {
  const { link, contracts, token, version, log, clock } = options;
  checkAccess(options.host, token);
  const pulse = new Pulse(link, options.prefix, clock, (problem) => {
    if (problem === null) log('info', 'redis answers again');
    else log('error', 'redis lost', { problem });
  });
  const metrics = await BusMetrics.open(version);
  const publisher = createPublisher({ ...options, pulse });
  const capabilities = askedOnce(() => probeCapabilities(link, options.prefix));
  const subscriptions = new HttpSubscriptions({
    ...options,
    minIdleMs: options.minIdleMs ?? MIN_IDLE_MS,
    maxDeliveries: options.maxDeliveries ?? MAX_DELIVERIES,
    clustered: async () => (await capabilities()).clustered,
    random: Math.random,
    onProblem: deliveryNotes(log, metrics),
  });
  const state: { stopping: boolean; inFlight: number } = { stopping: false, inFlight: 0 };
  const app = await openApp(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  const operations = collectOperations(app);

  app.addHook('onRequest', async (request, reply) => {
    state.inFlight += 1;
    // Counted down when the exchange is over, however it ends.
    reply.raw.once('close', () => {
      state.inFlight -= 1;
    });
    if (request.routeOptions.url === '/health') return;
    if (state.stopping && !WHILE_DRAINING.includes(request.routeOptions.url ?? '')) {
      return refuse(reply, httpProblem(503, 'bus.stopping', 'The bus is shutting down.'));
    }
    if (!isAuthorised(request.headers.authorization, token)) {
      reply.header('www-authenticate', 'Bearer');
      return refuse(
        reply,
        httpProblem(401, 'http.unauthorised', 'The bearer token is missing or wrong.'),
      );
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    if (state.stopping) reply.header('connection', 'close');
  });
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) log('error', 'request failed', { problem: messageOf(error) });
    return refuse(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) =>
    refuse(reply, httpProblem(404, 'http.not-found', 'There is nothing here.')),
  );

  routeHealth(app, { pulse, version, stopping: () => state.stopping });
  routeMetrics(app, { ...options, metrics, subscriptions, pulse, capabilities });
  routeContracts(app, contracts);
  app.get('/openapi.json', { config: { operation: OPENAPI } }, async () =>
    operations.document(version),
  );
  const keepAliveMs = options.keepAliveMs ?? KEEP_ALIVE_MS;
  routeStream(app, { subscriptions, contracts, metrics, clock, log, keepAliveMs });
  const messages = { publisher, contracts, notes: createPublishNotes(log, metrics), log };
  // Each with the media types it takes, and refusing those of the other.
  await app.register((scope, _none, done) => {
    takeBodiesOf(scope, ['application/json']);
    routeMessages(scope, messages);
    routeAcks(scope, { subscriptions, contracts, metrics });
    done();
  });
  await app.register((scope, _none, done) => {
    takeBodiesOf(scope, ['application/x-ndjson', 'application/ndjson', 'application/jsonl']);
    routeBatches(scope, messages);
    done();
  });
  operations.refuseOtherMethods();

  // `localhost` may be two addresses, and a server that stops in order is one listener.
  const host = options.host === 'localhost' ? '127.0.0.1' : options.host;
  const port = await listen(app, host, options.port);
  let stopped: Promise<BusServerStop> | null = null;

  async function stop(deadlineMs: number, hurry?: AbortSignal): Promise<BusServerStop> {
    state.stopping = true;
    const over = new AbortController();
    const late = hurry ? AbortSignal.any([over.signal, hurry]) : over.signal;
    const finished = new AbortController();
    const timer = AbortSignal.any([late, finished.signal]);
    const timing = clock.sleep(deadlineMs, timer).then(() => over.abort());

    await subscriptions.stop();
    const left = await subscriptions.drain(late);
    const closed = app.close().then(() => finished.abort());
    await timing;
    const cut = finished.signal.aborted ? 0 : state.inFlight;
    app.server.closeAllConnections();
    await closed;
    metrics.close();
    link.close();
    return { cut, left };
  }

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stop: (deadlineMs, hurry) => {
      stopped ??= stop(deadlineMs, hurry);
      return stopped;
    },
  };
}

/** Asks once and remembers; after a failure the next one asks again. */
function askedOnce(ask: () => Promise<Capabilities>): () => Promise<Capabilities> {
  let asked: Promise<Capabilities> | null = null;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

const OPENAPI: JsonObject = {
  operationId: 'openapi',
  summary: 'This document',
  responses: { 200: jsonAnswer('OpenAPI 3.1', { type: 'object' }) },
};

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw new OrionError({
      kind: 'prerequisite',
      code: taken ? 'http.port-taken' : 'http.cannot-listen',
      message: taken
        ? `Port ${port} of ${host} is taken.`
        : `The bus cannot listen on ${host}, port ${port}: ${messageOf(error)}`,
      hint: taken
        ? 'Another bus may be running there. Stop it, or choose another --http-port.'
        : 'Choose an address of this host and a port above 1023.',
      cause: error,
    });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
