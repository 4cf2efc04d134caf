import { HANDOFF_CONSUMER, PARKED_CONSUMER } from '../handoff/index.js';
import { type Clock, OrionError } from '../problems/index.js';
import type { ClaimTo } from '../runbooks/index.js';

interface ClaimFlags {
  readonly to?: string | undefined;
  readonly exec: boolean;
  readonly dead: boolean;
  readonly timeout?: number | undefined;
  readonly 'min-idle'?: number | undefined;
  readonly 'force-now': boolean;
}

/** Long enough for whoever is at work to show that he is. */
const MIN_IDLE_MS = 60_000;

/** Of the program, for one message. */
const TIMEOUT_MS = 60_000;

/**
 * Where the entries are to go.
 * @param words the program and its arguments, behind `--`
 * @throws {OrionError} kind `usage`
 */
export function claimDestination(
  { to, exec, dead, timeout = TIMEOUT_MS }: ClaimFlags,
  words: readonly string[],
  clock: Clock,
): ClaimTo {
  if (exec && words.length === 0) throw wrong('--exec needs a program, named after --.');
  if (!exec && words.length > 0) {
    throw wrong(`${JSON.stringify(words[0])} is not understood; a program needs --exec.`);
  }
  if (exec) return { kind: 'command', command: { argv: words, timeoutMs: timeout, clock } };
  if (dead) return { kind: 'group' };
  if (to === undefined) throw wrong('Say where to: --to CONSUMER, or --exec -- PROGRAM.');
  if (to === '' || to === PARKED_CONSUMER || to === HANDOFF_CONSUMER) {
    throw wrong(`${JSON.stringify(to)} is no consumer that could handle a message.`);
  }
  return { kind: 'consumer', consumer: to };
}

/**
 * How long an entry must not have been delivered. Less than a moment takes messages away from whoever
 * works on them, so it has to be said twice.
 * @throws {OrionError} kind `usage`
 */
export function minIdleOf(flags: ClaimFlags): number {
  const minIdleMs = flags['min-idle'] ?? MIN_IDLE_MS;
  if (minIdleMs > 0 || flags['force-now']) return minIdleMs;
  throw new OrionError({
    kind: 'usage',
    code: 'usage.min-idle',
    message: 'With --min-idle 0 messages are taken that somebody is working on just now.',
    hint: 'They would be handled twice. Nothing was changed; --force-now does it all the same.',
    next: ['orion-bus claim --help'],
  });
}

function wrong(message: string): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'usage.claim',
    message,
    hint: 'Nothing was changed.',
    next: ['orion-bus claim --help'],
  });
}
