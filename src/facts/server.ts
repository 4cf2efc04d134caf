import { pairsOf, type RedisLink, textOf } from '../redis/index.js';

/** What the Redis server says of itself; CONFIG may be renamed away and is never asked. */
export interface ServerFacts {
  readonly version: string;
  readonly runId: string;
  readonly role: string;
  readonly appendOnly: boolean | null;
  readonly evictionPolicy: string | null;
  readonly usedMemoryBytes: number | null;
  /** Null where no limit is set. */
  readonly maxMemoryBytes: number | null;
  readonly opsPerSecond: number | null;
}

/** @throws {OrionError} when Redis does not answer */
export async function serverFacts(link: RedisLink): Promise<ServerFacts> {
  const info = pairsOf(textOf(await link.command('INFO')), /\r?\n/, ':');
  const figure = (name: string): number | null => {
    const value = info.get(name);
    return value === undefined ? null : Number(value);
  };
  const aof = info.get('aof_enabled');
  return {
    version: info.get('redis_version') ?? 'unknown',
    runId: info.get('run_id') ?? 'unknown',
    role: info.get('role') ?? 'unknown',
    appendOnly: aof === undefined ? null : aof === '1',
    evictionPolicy: info.get('maxmemory_policy') ?? null,
    usedMemoryBytes: figure('used_memory'),
    maxMemoryBytes: figure('maxmemory') || null,
    opsPerSecond: figure('instantaneous_ops_per_sec'),
  };
}

/** Redis's own clock, in milliseconds since 1970: the only one ages of entries may be held against. */
export async function redisTimeMs(link: RedisLink): Promise<number> {
  const reply = await link.command('TIME');
  const [seconds, micros] = Array.isArray(reply) ? reply : [];
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
