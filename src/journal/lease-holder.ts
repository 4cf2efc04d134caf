import type { Presence, ProcessIdentity } from './process-identity.js';

/** Who holds the lease; the JSON under its key. */
export interface LeaseHolder extends ProcessIdentity {
  readonly run: string;
  readonly verb: string;
  /** ISO 8601, by the holder's own clock. */
  readonly since: string;
  /** Why it was taken from somebody else, where a reason was given. */
  readonly reason?: string;
  readonly token: number;
}

/** How long the lease is still held unless it is renewed; null when it does not expire by itself. */
export type Remaining = number | null;

export interface LeaseState {
  readonly holder: LeaseHolder;
  readonly remainingMs: Remaining;
}

/** Whether a lease may be taken from whoever holds it: not; at once, for a rollback; with a reason. */
export type TakeOver = 'none' | 'now' | { readonly reason: string };

export interface Situation {
  readonly remainingMs: Remaining;
  readonly presence: Presence;
  readonly takeOver: TakeOver;
  /** Whether the one who holds it now is the one first met, and what remained when last looked. */
  readonly before: { readonly sameHolder: boolean; readonly remainingMs: Remaining } | null;
}

/** What one who wants the lease does about its being held. */
export function decide(situation: Situation): 'take' | 'wait' | 'give up' {
  const { remainingMs, presence, takeOver, before } = situation;
  if (takeOver !== 'none' || presence === 'gone') return 'take';
  if (presence === 'alive' || remainingMs === null) return 'give up';
  if (before === null) return 'wait';
  // What remains only falls, unless the holder renews.
  const renewed = before.remainingMs !== null && remainingMs > before.remainingMs;
  return before.sameHolder && !renewed ? 'wait' : 'give up';
}

/** The JSON of a holder up to its token, which Redis adds. */
export function valueBeforeToken(holder: Omit<LeaseHolder, 'token'>): string {
  return `${JSON.stringify(holder).slice(0, -1)},"token":`;
}

/** Reads a lease's value; what a hand may have put there instead is a holder without a name. */
export function parseHolder(value: string): LeaseHolder {
  let found: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(value);
    // A property of anything but an object is merely undefined, which the readers below take.
    if (typeof parsed === 'object' && parsed !== null) found = { ...parsed };
  } catch {
    // The readers below make an unknown holder of it.
  }
  const text = (key: string): string | null => (typeof found[key] === 'string' ? found[key] : null);
  const number = (key: string): number | null =>
    typeof found[key] === 'number' ? found[key] : null;
  const reason = text('reason');
  return {
    host: text('host') ?? 'unknown',
    bootId: text('bootId'),
    pidNamespace: text('pidNamespace'),
    pid: number('pid') ?? 0,
    processStart: number('processStart'),
    run: text('run') ?? 'unknown',
    verb: text('verb') ?? 'unknown',
    since: text('since') ?? 'unknown',
    ...(reason === null ? {} : { reason }),
    token: number('token') ?? 0,
  };
}
