import { randomUUID } from 'node:crypto';
import type { RedisLink } from './link.js';
import { isServerError } from './link-problems.js';
import { ownKeys } from './names.js';
import { listOf, pairsOf, textOf } from './reply.js';
import { PROBE_SERVER } from './scripts/index.js';

/** What this server can do, found out by trying: version numbers mislead (Valkey reports 7.2.4). */
export interface Capabilities {
  /** For people only; nothing is decided by it. */
  readonly version: string;
  /** Groups count the entries they have read (Redis 7.0). */
  readonly entriesRead: boolean;
  /** The server's lag stays right after trimming (Redis 7.4.4, 8.0; not 7.0 to 7.4.3). */
  readonly exactLag: boolean;
  /** A consumer's idle time runs from its last attempt to read, not from its last entry (Redis 7.2). */
  readonly attempts: boolean;
  readonly clustered: boolean;
}

const NOTHING_PROBED = { entriesRead: false, exactLag: false, attempts: false };

/** @throws {OrionError} when the server does not answer; what it refuses counts as not there. */
export async function probeCapabilities(link: RedisLink, prefix: string): Promise<Capabilities> {
  const info = pairsOf(textOf(await link.command('INFO')), /\r?\n/, ':');
  const probed = await link
    .script(PROBE_SERVER, [ownKeys.probe(prefix, randomUUID())], [])
    .then((reply) => {
      const [entriesRead, exactLag, attempts] = listOf(reply);
      return { entriesRead: entriesRead === 1, exactLag: exactLag === 1, attempts: attempts === 1 };
    })
    .catch((error: unknown) => {
      if (isServerError(error)) return NOTHING_PROBED;
      throw error;
    });
  return {
    version: info.get('redis_version') ?? 'unknown',
    clustered: info.get('cluster_enabled') === '1',
    ...probed,
  };
}
