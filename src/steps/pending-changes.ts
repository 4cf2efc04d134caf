import { fenced } from '../handoff/index.js';
import { OrionError } from '../problems/index.js';
import {
  ACKNOWLEDGE,
  CLAIM_PENDING,
  isServerError,
  listOf,
  ownKeys,
  type RedisLink,
  type Reply,
  type StreamKey,
  textOf,
} from '../redis/index.js';

/*
 * Changing what is pending in a group, for whoever holds the lease: every script compares the fencing
 * token first, and touches an entry only where it is still as it was seen.
 */

export interface Change {
  readonly redis: RedisLink;
  /** The fencing token of the lease. */
  readonly token: number;
}

/** One group on one stream. */
export interface GroupPlace {
  readonly stream: StreamKey;
  readonly group: string;
}

/**
 * What became of one entry. `BUSY`: somebody may be working on it. `OTHER`: another consumer holds it,
 * or it was delivered again. `SETTLED`: it is not pending any more. `GHOST`: its entry is gone from
 * the stream; it stays pending.
 */
export type Claimed = 'CLAIMED' | 'BUSY' | 'OTHER' | 'SETTLED' | 'GHOST';
export type Acknowledged = 'ACKNOWLEDGED' | 'OTHER' | 'SETTLED';

interface Seen {
  readonly id: string;
  readonly consumer: string;
  readonly deliveries: number;
}

/**
 * Gives entries to a consumer.
 * @param entries as they were seen, a thousand at most
 * @param counts whether this is a delivery, as Redis counts them
 * @throws {OrionError} `lease.lost`; `groups.missing`
 */
export async function claimPending(
  { redis, token }: Change,
  { stream, group }: GroupPlace,
  entries: readonly Seen[],
  { to, minIdleMs, counts }: { to: string; minIdleMs: number; counts: boolean },
): Promise<readonly Claimed[]> {
  const args = entries.flatMap(({ id, consumer, deliveries }) => [id, to, consumer, deliveries]);
  const reply = await changed(
    redis.script(
      CLAIM_PENDING,
      [stream, ownKeys.tokenOf(stream)],
      [token, group, minIdleMs, counts ? '1' : '0', ...args],
    ),
    { stream, group },
  );
  // The script answers with nothing else.
  return listOf(reply).map(textOf) as Claimed[];
}

/**
 * Acknowledges entries.
 * @param entries a thousand at most; with a consumer only where that one holds it
 * @throws {OrionError} `lease.lost`; `groups.missing`, which XACK alone would hide
 */
export async function acknowledge(
  { redis, token }: Change,
  { stream, group }: GroupPlace,
  entries: readonly { readonly id: string; readonly consumer: string | null }[],
): Promise<readonly Acknowledged[]> {
  const args = entries.flatMap(({ id, consumer }) => [id, consumer ?? '']);
  const reply = await changed(
    redis.script(ACKNOWLEDGE, [stream, ownKeys.tokenOf(stream)], [token, group, ...args]),
    { stream, group },
  );
  // As above.
  return listOf(reply).map(textOf) as Acknowledged[];
}

/** Tells the refusals of a script that changes a group as problems. */
export async function changed(
  script: Promise<Reply>,
  { stream, group }: GroupPlace,
): Promise<Reply> {
  try {
    return await fenced(script);
  } catch (error) {
    if (!isServerError(error) || !error.message.includes('NOGROUP')) throw error;
    throw new OrionError({
      kind: 'groups',
      code: 'groups.missing',
      message: `The group ${group} does not exist on ${stream}.`,
      hint: 'Nothing was changed there by this call.',
      next: ['orion-bus groups'],
      cause: error,
    });
  }
}
