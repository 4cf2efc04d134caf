import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listOf } from '../../src/redis/index.js';
import { type Bench, SOURCE } from './bench.js';

/* Pending entries of the module memory on a bench, and what a command left of them. */

const EVENTS = 'orion:events';
const STUCK_MS = 120_000;

/** Entries that memory-1 was given two minutes ago and never acknowledged. */
export async function stuckEntries(bench: Bench, count: number): Promise<readonly string[]> {
  const ids = await bench.publish('event', count);
  const read = ['GROUP', SOURCE.memory, 'memory-1', 'STREAMS', EVENTS, '>'];
  await bench.redis.link.command('XREADGROUP', ...read);
  for (const id of ids) await holdBy(bench, 'memory-1', id, STUCK_MS);
  return ids;
}

export async function holdBy(
  bench: Bench,
  consumer: string,
  id: string,
  idleMs = STUCK_MS,
): Promise<void> {
  const at = [EVENTS, SOURCE.memory, consumer, 0, id, 'IDLE', idleMs, 'JUSTID'];
  await bench.redis.link.command('XCLAIM', ...at);
}

/** Each pending entry as id, consumer, deliveries. */
export async function pendingOf(
  bench: Bench,
  group: string = SOURCE.memory,
): Promise<readonly unknown[]> {
  const rows = listOf(await bench.redis.link.command('XPENDING', EVENTS, group, '-', '+', 100));
  return rows.map((row) => {
    const [id, consumer, , deliveries] = listOf(row);
    return [id, consumer, deliveries];
  });
}

/** The data of all records of a type. */
export async function journalOf(bench: Bench, type: string): Promise<readonly unknown[]> {
  const text = await readFile(join(bench.stateDir, 'journal.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((record) => record.type === type)
    .map((record) => record.data);
}
