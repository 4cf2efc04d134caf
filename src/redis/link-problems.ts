import { messageOf, OrionError } from '../problems/index.js';

/*
 * What can go wrong between this tool and Redis, told to an operator. The client library speaks of
 * its own options; whoever reads its texts at night learns nothing from them.
 */

/** True for an error that the server answered, as opposed to no answer at all. */
export function isServerError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** True where the connection could not be written to, so that the command surely had no effect. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof Error && error.message.includes('enableOfflineQueue options is false');
}

/** @param address of which no secret is told: only its `url` */
export function unreachable(address: { readonly url: string }, error: unknown): OrionError {
  const text = messageOf(error);
  const refused = /NOAUTH|WRONGPASS|NOPERM|invalid username-password/i.test(text);
  return new OrionError({
    kind: 'prerequisite',
    code: refused ? 'redis.refused' : 'redis.unreachable',
    message: refused
      ? `Redis at ${address.url} refused the login: ${text}`
      : `Redis at ${address.url} does not answer: ${inPlainWords(text)}`,
    hint: refused
      ? 'Set the password by ORION_BUS_REDIS_PASSWORD or redis.passwordFile.'
      : 'Check that the server runs and that redis.url names it.',
    next: ['orion-bus validate'],
    cause: error,
  });
}

const PLAIN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/enableOfflineQueue/, 'the connection was lost'],
  [/Command timed out/, 'it did not answer in time'],
  [/max retries per request|aborted due to connection close/i, 'the connection was lost'],
  [/Connection is closed/, 'the connection was closed'],
  [/connect ETIMEDOUT/, 'no connection could be made in time'],
];

function inPlainWords(text: string): string {
  return PLAIN_WORDS.find(([theirs]) => theirs.test(text))?.[1] ?? text;
}
