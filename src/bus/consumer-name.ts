import { hostname } from 'node:os';
import { OrionError } from '../problems/index.js';
import { isServerError, pairsOf, type RedisLink, textOf } from '../redis/index.js';
import type { GroupPlace } from './group-member.js';

/*
 * Two processes under one consumer name would each take the other's work for its own from before. The
 * name of the reading connection tells who reads as whom: `orion-bus-reader:<stream>/<group>/<consumer>/`
 * and a token of the subscription. Readers of other programs do not say it, and are not seen here.
 */

/** A connection that has not said anything for this long is the remains of a host that went away. */
const LEAST_SILENCE_S = 10;

export function defaultConsumer(type: string): string {
  return `${hostname()}-${type}`;
}

export function readerName(place: GroupPlace, token: string): string {
  return `${prefixOf(place)}${token}`;
}

/**
 * Looks whether somebody else reads under this name. Of two that begin at the same time the one whose
 * connection is older stays.
 * @param id and @param token of the own connection, which is open already
 * @returns false where the server does not tell who is connected
 * @throws {OrionError} `consumer.taken`
 */
export async function checkName(
  link: RedisLink,
  place: GroupPlace,
  own: { readonly id: number; readonly token: string; readonly blockMs: number },
): Promise<boolean> {
  const silence = Math.max(LEAST_SILENCE_S, Math.ceil((2 * own.blockMs) / 1_000));
  let list: string;
  try {
    list = textOf(await link.command('CLIENT', 'LIST'));
  } catch (error) {
    if (isServerError(error)) return false;
    throw error;
  }
  for (const line of list.split('\n')) {
    const client = pairsOf(line, / /, '=');
    const name = client.get('name') ?? '';
    if (!name.startsWith(prefixOf(place)) || name === readerName(place, own.token)) continue;
    if (client.get('db') !== String(link.database)) continue;
    const older = Number(client.get('id')) < own.id;
    if (older && Number(client.get('idle')) <= silence)
      throw taken(place, client.get('addr') ?? '');
  }
  return true;
}

function taken({ stream, group, consumer }: GroupPlace, address: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'consumer.taken',
    message: `Somebody at ${address} reads ${stream} in group ${group} as consumer ${consumer} already.`,
    hint: 'Nothing was read. Give each consumer of a group a name of its own, one that stays the same over restarts.',
  });
}

/** Client names take no spaces and no control characters. */
function prefixOf({ stream, group, consumer }: GroupPlace): string {
  const parts = [stream, group, consumer].map(encodeURIComponent);
  return `orion-bus-reader:${parts.join('/')}/`;
}
