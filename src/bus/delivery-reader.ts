import { listOf } from '../redis/index.js';
import { ReadingConnection, type ReadingConnectionOptions } from './reading-connection.js';

/** A connection to read with, and what Redis's clock said when it was made. */
export interface Reader {
  readonly connection: ReadingConnection;
  /** Redis's clock minus this host's, in milliseconds, when the connection was made. */
  readonly offsetMs: number;
}

export async function openReader(how: ReadingConnectionOptions): Promise<Reader> {
  const connection = await ReadingConnection.open(how);
  try {
    const [seconds, micros] = listOf(await how.commands.command('TIME')).map(Number);
    const redisNow = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
    return { connection, offsetMs: redisNow - how.clock.now() };
  } catch (error) {
    connection.close();
    throw error;
  }
}
