import { randomUUID } from 'node:crypto';
import { checkName, readerName } from './consumer-name.js';
import { Deliveries } from './deliveries.js';
import type { DeliverySource, DeliverySourceOptions } from './delivery.js';
import { openReader } from './delivery-reader.js';
import { GroupMember, type GroupPlace } from './group-member.js';
import { joinGroup } from './group-start.js';

const LONGEST_BLOCK_MS = 2_000;

/**
 * Joins a group as one of its consumers.
 * @throws {OrionError} `group.start-needed`; `consumer.taken` where another reads under this name;
 * `redis.unreachable`, `redis.refused`
 */
export async function openDeliveries(options: DeliverySourceOptions): Promise<DeliverySource> {
  const { link, stream, deadStream, group, consumer, start, clock } = options;
  const place: GroupPlace = { stream, deadStream, group, consumer };
  const cursor = await joinGroup(new GroupMember(link, place), start);
  const token = randomUUID();
  const name = readerName(place, token);
  // Sweeps come between two reads.
  const blockMs = Math.min(LONGEST_BLOCK_MS, Math.ceil(options.minIdleMs / 4));
  const how = { commands: link, name, blockMs, clock };
  const reader = await openReader(how);
  try {
    await checkName(link, place, { id: reader.connection.id, token, blockMs });
  } catch (error) {
    reader.connection.close();
    throw error;
  }
  return new Deliveries(options, place, how, reader, cursor);
}
