import { messageOf, OrionError } from '../problems/index.js';
import type { LeaseHolder, Remaining } from './lease-holder.js';

export function leaseHeld(holder: LeaseHolder, remainingMs: Remaining): OrionError {
  const expiry =
    remainingMs === null
      ? 'It does not expire by itself: somebody set it by hand.'
      : 'It frees itself within 15 s once that process has ended.';
  return new OrionError({
    kind: 'lease',
    code: 'lease.held',
    message: `The lease is held by ${described(holder)}.`,
    hint: `Nothing was changed: one operator at a time. ${expiry} A rollback may take it at once with --take-over, another command with --take-over --reason.`,
    next: ['orion-bus status'],
  });
}

export function leaseTaken(holder: LeaseHolder): OrionError {
  const reason = holder.reason === undefined ? '' : `, with the reason: ${holder.reason}`;
  return lost(`it is held now by ${described(holder)}${reason}.`);
}

export function leaseGone(): OrionError {
  return lost('it ran out or was deleted, and another run has held it since.');
}

/** A higher token stands where this run's should be, so a later run has begun to act. */
export function leaseOutrun(place: string, own: number, found: string): OrionError {
  return lost(`a later run has left its token at ${place} (${found}; this run has ${own}).`);
}

export function leaseRefused(key: string, cause: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'lease.refused',
    message: `Redis refused the lease ${key}: ${messageOf(cause)}`,
    hint: 'Nothing was changed. Check the permissions of the Redis user (EVAL on this key), that the server is a writable primary, and, before Redis 7, that it has memory left.',
    next: ['orion-bus validate'],
    cause,
  });
}

export function waitInterrupted(holder: LeaseHolder): OrionError {
  return new OrionError({
    kind: 'interrupted',
    code: 'lease.interrupted',
    message: `Interrupted while waiting for the lease, held by ${described(holder)}.`,
    hint: 'Nothing was changed.',
    next: ['orion-bus status'],
  });
}

function lost(how: string): OrionError {
  return new OrionError({
    kind: 'lease',
    code: 'lease.lost',
    message: `This run has lost its lease: ${how}`,
    hint: 'It changes nothing more. What it did is in the journal; look before you go on.',
    next: ['orion-bus status'],
  });
}

function described({ verb, host, pid, since }: LeaseHolder): string {
  return `\`${verb}\` on ${host} (pid ${pid}) since ${since}`;
}
