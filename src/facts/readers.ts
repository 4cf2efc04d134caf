import type { Clock } from '../problems/index.js';
import {
  type MonitoredCommand,
  MonitorRefused,
  pairsOf,
  type RedisLink,
  textOf,
} from '../redis/index.js';

/*
 * Who reads from which group. Before Redis 7.2 an idle reader leaves no trace in XINFO: blocked in
 * XREADGROUP it is known to CLIENT LIST, but not with which group. So each blocked reader is woken as
 * by an ordinary time-out (CLIENT UNBLOCK … TIMEOUT), and MONITOR shows with what it asks again.
 * Only names are kept of what MONITOR shows, never a message.
 */

/** Somebody seen asking a group for entries. */
export interface Reader {
  readonly streams: readonly string[];
  readonly group: string;
  readonly consumer: string;
  readonly address: string;
  /** Null where the connection cannot be told from others, as over a unix socket. */
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly database: number;
}

export interface ReadersLook {
  /** `seen`: every blocked reader was asked. `skipped`: nobody was, and `reason` says why. */
  readonly how: 'seen' | 'skipped';
  readonly reason: string | null;
  readonly readers: readonly Reader[];
  /** Connections whose last command was a group read, blocked or not, in any database. */
  readonly clients: readonly ReadingClient[];
}

export interface ReadingClient {
  readonly id: string;
  readonly address: string;
  readonly name: string | null;
  readonly database: number;
  readonly blocked: boolean;
}

export interface ProbeOptions {
  readonly clock: Clock;
  /** `handoff.probe` of the configuration. */
  readonly allowed: boolean;
}

/** Waiting longer than this would not show more: a woken reader asks again within a round trip. */
const LISTEN_MS = 500;
const PAUSE_MS = 10;
/** MONITOR costs a busy server too much above this rate. */
const MOST_OPS_PER_SECOND = 5_000;

/** @throws {OrionError} when Redis does not answer */
export async function lookAtReaders(link: RedisLink, options: ProbeOptions): Promise<ReadersLook> {
  const skipped = async (reason: string): Promise<ReadersLook> => ({
    how: 'skipped',
    reason,
    readers: [],
    clients: await readingClients(link),
  });
  if (!options.allowed) return skipped('handoff.probe is off');
  const stats = pairsOf(textOf(await link.command('INFO', 'stats')), /\r?\n/, ':');
  const ops = Number(stats.get('instantaneous_ops_per_sec') ?? 0);
  if (ops > MOST_OPS_PER_SECOND) return skipped(`the server is busy: ${ops} commands a second`);
  const heard: MonitoredCommand[] = [];
  let stop: () => void;
  try {
    stop = await link.monitor('XREADGROUP', (command) => heard.push(command));
  } catch (error) {
    if (error instanceof MonitorRefused) return skipped('the server refuses MONITOR');
    throw error;
  }
  try {
    const clients = await readingClients(link);
    await wakeAndListen(link, options.clock, clients, heard);
    const after = await readingClients(link);
    return { how: 'seen', reason: null, readers: readersOf(heard, clients), clients: after };
  } finally {
    stop();
  }
}

/** The readers of one group on one stream of one database. */
export function readersOfGroup(
  look: ReadersLook,
  at: { readonly stream: string; readonly group: string; readonly database: number },
): readonly Reader[] {
  return look.readers.filter(
    (reader) =>
      reader.group === at.group &&
      reader.database === at.database &&
      reader.streams.includes(at.stream),
  );
}

/** The ids of all open connections. */
export async function openClientIds(link: RedisLink): Promise<ReadonlySet<string>> {
  return new Set((await clientList(link)).map((client) => client.get('id') ?? ''));
}

/** Connections to this server whose last command was XREADGROUP. */
export async function readingClients(link: RedisLink): Promise<readonly ReadingClient[]> {
  return (await clientList(link)).flatMap((client) => {
    if (client.get('cmd') !== 'xreadgroup') return [];
    return [
      {
        id: client.get('id') ?? '',
        address: client.get('addr') ?? '',
        name: client.get('name') || null,
        database: Number(client.get('db') ?? 0),
        blocked: client.get('flags')?.includes('b') ?? false,
      },
    ];
  });
}

async function clientList(link: RedisLink): Promise<readonly ReadonlyMap<string, string>[]> {
  const lines = textOf(await link.command('CLIENT', 'LIST')).split('\n');
  return lines.filter((line) => line !== '').map((line) => pairsOf(line, / /, '='));
}

/**
 * Wakes the blocked readers and waits until every connection whose last command was a group read has
 * asked again or closed, so that one between two reads is heard too. Over a unix socket all
 * connections have one address: there the whole time is listened, since nobody can be ticked off.
 */
async function wakeAndListen(
  link: RedisLink,
  clock: Clock,
  clients: readonly ReadingClient[],
  heard: readonly MonitoredCommand[],
): Promise<void> {
  const alreadyHeard = heard.length;
  for (const client of clients) {
    if (client.blocked) await link.command('CLIENT', 'UNBLOCK', client.id, 'TIMEOUT');
  }
  const deadline = clock.now() + LISTEN_MS;
  let silent = clients;
  while (silent.length > 0 && clock.now() < deadline) {
    await clock.sleep(PAUSE_MS);
    const asked = new Set(heard.slice(alreadyHeard).map((command) => command.address));
    const open = new Set((await readingClients(link)).map((client) => client.id));
    silent = silent.filter((client) => !asked.has(client.address) && open.has(client.id));
  }
}

function readersOf(
  heard: readonly MonitoredCommand[],
  clients: readonly ReadingClient[],
): readonly Reader[] {
  const readers = new Map<string, Reader>();
  for (const command of heard) {
    const parsed = groupRead(command.args);
    if (parsed === null) continue;
    const sameAddress = clients.filter((client) => client.address === command.address);
    const client = sameAddress.length === 1 ? sameAddress[0] : undefined;
    const key = [command.address, parsed.group, parsed.consumer, ...parsed.streams].join('\n');
    readers.set(key, {
      ...parsed,
      address: command.address,
      clientId: client?.id ?? null,
      clientName: client?.name ?? null,
      database: command.database,
    });
  }
  return [...readers.values()];
}

/** Reads `GROUP g c [COUNT n] [BLOCK ms] [NOACK] STREAMS key… id…`. */
function groupRead(
  args: readonly string[],
): { group: string; consumer: string; streams: string[] } | null {
  const upper = args.map((arg) => arg.toUpperCase());
  const at = upper.indexOf('GROUP');
  const streamsAt = upper.indexOf('STREAMS', at + 3);
  const [group, consumer] = [args[at + 1], args[at + 2]];
  if (at < 0 || streamsAt < 0 || group === undefined || consumer === undefined) return null;
  const rest = args.slice(streamsAt + 1);
  return { group, consumer, streams: rest.slice(0, rest.length / 2) };
}
