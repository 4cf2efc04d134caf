import { OrionError } from '../problems/index.js';
import { ContractViolation, type MessageViolation } from './contract-violation.js';

/** An error as HTTP tells it: a problem document (RFC 9457) and its status. */
export interface HttpProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly violations?: readonly (Omit<MessageViolation, 'index'> | MessageViolation)[];
    /** How many more there are than are listed. */
    readonly omitted?: number;
  };
}

export const PROBLEM_TYPE = 'application/problem+json';

const RETRY_AFTER_SECONDS = '2';
const MOST_IN_BATCH = 100;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorised',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long to arrive',
  409: 'Conflict',
  413: 'The body is too large',
  415: 'Unsupported media type',
  422: 'The message breaks its contract',
  431: 'The headers are too large',
  500: 'Internal error',
  503: 'The bus cannot do this now',
};

/** The statuses of the errors that are foreseen. */
const STATUSES: Readonly<Record<string, number>> = {
  'http.media-type': 415,
  'http.query': 400,
  'acks.malformed': 400,
  'batch.empty': 400,
  'batch.too-long': 413,
  'group.start-needed': 404,
  'consumer.taken': 409,
  'subscription.taken': 409,
  'subscription.too-many': 503,
  'contract.violated': 422,
  'contract.unknown': 404,
  'message.not-json': 400,
  'probe.malformed': 422,
  'probe.repeated': 409,
  'redis.out-of-memory': 503,
  'redis.write-refused': 503,
  'redis.unreachable': 503,
  'redis.refused': 503,
};

/** @param code a dotted name, as errors have it; it ends up in `type` */
export function httpProblem(status: number, code: string, detail: string): HttpProblem {
  return {
    status,
    headers: status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {},
    body: {
      type: `urn:orion-bus:problem:${code}`,
      title: TITLES[status] ?? 'Error',
      status,
      detail,
    },
  };
}

/** The problem that a thrown error is; one that nobody foresaw is a 500 that gives nothing away. */
export function problemOf(error: unknown): HttpProblem {
  if (!(error instanceof OrionError)) return unforeseen(error);
  const status = STATUSES[error.code] ?? 500;
  const detail = error.hint === null ? error.message : `${error.message} ${error.hint}`;
  const problem = httpProblem(status, error.code, detail);
  if (!(error instanceof ContractViolation)) return problem;
  const violations = error.violations.map(({ index: _alone, ...violation }) => violation);
  return { ...problem, body: { ...problem.body, violations, omitted: error.omitted } };
}

/** The same for a batch, where each violation says in which message it is. */
export function batchProblemOf(error: unknown): HttpProblem {
  const problem = problemOf(error);
  if (!(error instanceof ContractViolation)) return problem;
  const violations = error.violations.slice(0, MOST_IN_BATCH);
  const omitted = error.omitted + error.violations.length - violations.length;
  return { ...problem, body: { ...problem.body, violations, omitted } };
}

/** The server's own refusals carry a status below 500 and a code such as `FST_ERR_CTP_BODY_TOO_LARGE`. */
function unforeseen(error: unknown): HttpProblem {
  const status = statusOf(error);
  if (status === 413) return httpProblem(413, 'http.too-large', 'A body may have 1 MiB at most.');
  if (status === 415) {
    return httpProblem(
      415,
      'http.media-type',
      'A message is sent as application/json, a batch as application/x-ndjson.',
    );
  }
  if (status >= 400 && status < 500) {
    return httpProblem(status, 'http.malformed', 'The request could not be understood.');
  }
  return httpProblem(500, 'defect', 'The bus has a defect; its log says more.');
}

function statusOf(error: unknown): number {
  const status =
    error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : Number.NaN;
  return Number.isInteger(status) ? status : 500;
}
