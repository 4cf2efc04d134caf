import type { FastifyInstance } from 'fastify';
import type { Contracts } from '../contracts/index.js';
import { type Clock, messageOf, OrionError } from '../problems/index.js';
import type { RedisLink } from '../redis/index.js';
import { checkAccess, isAuthorised, type Secret } from './access.js';
import { openApp, refuse } from './http-app.js';
import { httpProblem, problemOf } from './http-problem.js';
import type { Log } from './log.js';
import { routeMessages } from './message-route.js';
import { createPublisher } from './publisher.js';
import { Pulse } from './pulse.js';

/*
 * The HTTP server of the bus.
 *
 * *serving*: takes requests. Redis going away changes nothing but the answers: /health and publishing
 *   say 503 until it answers again.
 * *stopping*: entered by `stop`. No new connection is taken, /health says 503 on those still open,
 *   and the requests in flight are finished. Whatever is unfinished at the deadline is cut.
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
}

export interface BusServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops in order; a second call waits for the first.
   * @param deadlineMs how long requests in flight may take
   * @param hurry ends that time early
   * @returns how many were cut at the deadline
   */
  stop(deadlineMs: number, hurry?: AbortSignal): Promise<{ readonly cut: number }>;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** @throws {OrionError} `http.token-needed`, `http.port-taken`, `http.cannot-listen` */
export async function createBusServer(options: BusServerOptions): Promise<BusServer> {
  const { link, contracts, token, version, log, clock } = options;
  checkAccess(options.host, token);
  const pulse = new Pulse(link, clock, (problem) => {
    if (problem === null) log('info', 'redis answers again');
    else log('error', 'redis lost', { problem });
  });
  const publisher = createPublisher({ ...options, pulse });
  const state: { stopping: boolean; inFlight: number } = { stopping: false, inFlight: 0 };
  const app = await openApp(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);

  app.addHook('onRequest', async (request, reply) => {
    state.inFlight += 1;
    // Counted down when the exchange is over, however it ends.
    reply.raw.once('close', () => {
      state.inFlight -= 1;
    });
    if (request.routeOptions.url === '/health') return;
    if (state.stopping) {
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

  app.get('/health', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const problem = await pulse.ask();
    const reasons = [
      ...(state.stopping ? ['the bus is shutting down'] : []),
      ...(problem === null ? [] : [problem]),
    ];
    if (reasons.length === 0) return { status: 'ok', service: 'orion-bus', version };
    return reply.code(503).send({ status: 'degraded', reasons });
  });
  routeMessages(app, { publisher, contracts, log });

  // `localhost` may be two addresses, and a server that stops in order is one listener.
  const host = options.host === 'localhost' ? '127.0.0.1' : options.host;
  const port = await listen(app, host, options.port);
  let stopped: Promise<{ cut: number }> | null = null;

  async function stop(deadlineMs: number, hurry?: AbortSignal): Promise<{ cut: number }> {
    state.stopping = true;
    const finished = new AbortController();
    const closed = app.close().then(() => finished.abort());
    const waiting = hurry ? AbortSignal.any([finished.signal, hurry]) : finished.signal;
    await clock.sleep(deadlineMs, waiting);
    const cut = finished.signal.aborted ? 0 : state.inFlight;
    app.server.closeAllConnections();
    await closed;
    link.close();
    return { cut };
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
