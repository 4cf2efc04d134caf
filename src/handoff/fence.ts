import {
  groupIn,
  lookAtReaders,
  lookAtStream,
  openClientIds,
  type ProbeOptions,
  type Reader,
  readersOfGroup,
} from '../facts/index.js';
import type { Capabilities, RedisLink } from '../redis/index.js';
import type { StreamHandoff } from './group-state.js';

/*
 * The fence: proof that nobody reads from a group any more. Redis may deliver to a dying process for
 * some milliseconds after its signal, so the connections seen before the stop must be gone first.
 * Both groups are fenced: a forgotten test run on the receiving one would take entries away.
 */

export interface FenceOptions extends ProbeOptions {
  readonly link: RedisLink;
  readonly capabilities: Capabilities;
  readonly handoffs: readonly StreamHandoff[];
  /** Ids of the connections that read from the giving groups before the stop. */
  readonly clientsBefore: readonly string[];
  /** How long a blocked reader waits at most before it asks again. */
  readonly readBlockMs: number;
}

export interface FenceLook {
  /** `inconclusive`: nobody was seen, but an idle reader could not have been seen. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** By what means was looked: asking every blocked reader, or watching attempts to read. */
  readonly how: 'probe' | 'attempts' | 'none';
  readonly reason: string | null;
  readonly intruders: readonly Intruder[];
}

export interface Intruder {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string | null;
  readonly address: string | null;
  readonly clientName: string | null;
}

/** A closed process's connections vanish within milliseconds; this is for a slow machine. */
const GONE_WITHIN_MS = 5_000;
const PAUSE_MS = 20;

/** @throws {OrionError} when Redis does not answer */
export async function lookAtFence(options: FenceOptions): Promise<FenceLook> {
  const left = await waitUntilGone(options);
  const seen = await lookAtReaders(options.link, options);
  const intruders = options.handoffs.flatMap((handoff) =>
    [...new Set([handoff.giving, handoff.receiving])].flatMap((group) =>
      readersOfGroup(seen, {
        stream: handoff.stream,
        group,
        database: options.link.database,
      }).map((reader) => intruderOf(handoff.stream, reader)),
    ),
  );
  const stillOpen = seen.clients.filter((client) => left.includes(client.id));
  if (intruders.length === 0 && stillOpen.length > 0) {
    intruders.push(
      ...stillOpen.map((client) => ({
        stream: options.handoffs[0]?.stream ?? '',
        group: options.handoffs[0]?.giving ?? '',
        consumer: null,
        address: client.address,
        clientName: client.name,
      })),
    );
  }
  if (intruders.length > 0) return { verdict: 'fail', how: 'probe', reason: null, intruders };
  if (seen.how === 'seen') return { verdict: 'pass', how: 'probe', reason: null, intruders };
  return lookAtAttempts(options, seen.reason);
}

/** Returns those that are still open when the time is over. */
async function waitUntilGone(options: FenceOptions): Promise<readonly string[]> {
  const deadline = options.clock.now() + GONE_WITHIN_MS;
  let left = options.clientsBefore;
  while (left.length > 0) {
    const open = await openClientIds(options.link);
    left = left.filter((id) => open.has(id));
    if (left.length === 0 || options.clock.now() > deadline) break;
    await options.clock.sleep(PAUSE_MS);
  }
  return left;
}

/** Where nobody may be asked: from Redis 7.2 an attempt to read sets a consumer's idle time to 0. */
async function lookAtAttempts(options: FenceOptions, reason: string | null): Promise<FenceLook> {
  if (!options.capabilities.attempts) {
    return { verdict: 'inconclusive', how: 'none', reason, intruders: [] };
  }
  const waitMs = options.readBlockMs + 200;
  await options.clock.sleep(waitMs);
  const intruders: Intruder[] = [];
  for (const handoff of options.handoffs) {
    const look = await lookAtStream(options.link, options.capabilities, handoff.stream, {
      countCap: 0,
    });
    for (const name of new Set([handoff.giving, handoff.receiving])) {
      for (const consumer of groupIn(look, name)?.consumers ?? []) {
        if (consumer.idleMs >= waitMs) continue;
        intruders.push({
          stream: handoff.stream,
          group: name,
          consumer: consumer.name,
          address: null,
          clientName: null,
        });
      }
    }
  }
  return { verdict: intruders.length > 0 ? 'fail' : 'pass', how: 'attempts', reason, intruders };
}

function intruderOf(stream: string, reader: Reader): Intruder {
  return {
    stream,
    group: reader.group,
    consumer: reader.consumer,
    address: reader.address,
    clientName: reader.clientName,
  };
}
