import { messageOf, OrionError } from '../problems/index.js';

/*
 * Why a message was not published, in words that hold none of it. None of these has a `cause`: the
 * client hangs the command with its arguments, so the payload, on its errors.
 */

/** A type is foreign text: more than this of it is not repeated. */
const LONGEST_TYPE = 100;

export function unknownContract(type: string): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'contract.unknown',
    message: `There is no contract ${JSON.stringify(type.slice(0, LONGEST_TYPE))}.`,
    hint: 'Nothing was written.',
    next: ['orion-bus contracts'],
  });
}

/** @param where what was to be written, such as a stream's key */
export function writeRefused(where: string, error: Error): OrionError {
  const text = reasonOf(error);
  if (/\bOOM\b/.test(text)) {
    return new OrionError({
      kind: 'prerequisite',
      code: 'redis.out-of-memory',
      message: `Redis has reached its maxmemory and does not take ${where}.`,
      hint: 'Nothing was written. Give Redis memory, or shorten the streams, then publish again.',
    });
  }
  return new OrionError({
    kind: 'prerequisite',
    code: 'redis.write-refused',
    message: `Redis refused ${where}: ${text}`,
    hint: 'Nothing was written.',
  });
}

/** @param hint whether something may have been written */
export function redisUnreachable(message: string, hint: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'redis.unreachable',
    message,
    hint,
    next: ['orion-bus validate'],
  });
}

/**
 * What the server said, without the arguments that it quotes for an unknown command: they hold the
 * payload. Of an aborted transaction it is what was said to the command that aborted it.
 */
function reasonOf(error: Error): string {
  const first: unknown =
    'previousErrors' in error && Array.isArray(error.previousErrors)
      ? error.previousErrors[0]
      : undefined;
  return messageOf(first ?? error).replace(/,? with args beginning with:.*$/s, '');
}
