import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpProblem, httpProblem, PROBLEM_TYPE, problemOf } from './http-problem.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 128;

/**
 * An HTTP server with every size and time of a request bounded, and no route yet.
 * @param requestTimeoutMs how long a request may take to arrive
 */
export async function openApp(requestTimeoutMs: number): Promise<FastifyInstance> {
  // Loaded here, so that a program that only publishes does not carry an HTTP server.
  const { fastify } = await import('fastify');
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    // A socket on which nothing moves; longer than Redis may take to be given up.
    connectionTimeout: requestTimeoutMs + 10_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      headersTimeout: requestTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node looks for late requests only this often; its default is half a minute.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    },
    clientErrorHandler: refuseRaw,
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      void refuse(reply, problemOf(error));
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  return app;
}

/** Hands bodies of these media types on as bytes, and refuses all others with 415. */
export function takeBodiesOf(app: FastifyInstance, types: readonly string[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...types], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

export function refuse(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem.body));
}

/** What is no HTTP, or took too long to become a request: answered on the bare socket, then cut. */
function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 408
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 431
        : 400;
  const { body } = httpProblem(status, 'http.malformed', 'The request could not be understood.');
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}
