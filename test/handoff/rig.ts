import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HandOverResult, handOver, type PlannedTurn } from '../../src/handoff/index.js';
import {
  type Capabilities,
  groupName,
  listOf,
  ownKeys,
  probeCapabilities,
  type RedisLink,
  type StreamKey,
  streamKey,
  textOf,
} from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Standing, standingOf } from './owed.js';

/* A Redis with streams whose entries are 1-0, 2-0, …, and the two groups G and R of a module on each. */

export const TOKEN = 7;
export const G = groupName('orion-memory-group');
export const R = groupName('orion-memory-group-go');
export const EVENTS = streamKey('orion:events');
export const PARKED = 'orion-bus-parked';
export const WAITING = 'orion-bus-handoff';

export interface Rig {
  readonly server: TestRedis;
  readonly link: RedisLink;
  readonly capabilities: Capabilities;
  readonly stateDir: string;
  close(): Promise<void>;
}

export async function openRig(extra: readonly string[] = []): Promise<Rig> {
  const server = await startRedis(extra);
  const stateDir = await mkdtemp(join(tmpdir(), 'orion-state-'));
  return {
    server,
    link: server.link,
    capabilities: await probeCapabilities(server.link, 'orion'),
    stateDir,
    async close() {
      await server.stop();
      await rm(stateDir, { recursive: true });
    },
  };
}

/** A fresh stream with entries 1-0 to n-0 and both groups at 0. */
export async function fill({ link }: Rig, entries: number, stream = EVENTS): Promise<void> {
  await link.command('DEL', stream);
  await link.command('SET', ownKeys.tokenOf(stream), TOKEN);
  await link.command('XGROUP', 'CREATE', stream, G, '0', 'MKSTREAM');
  await link.command('XGROUP', 'CREATE', stream, R, '0');
  await publish({ link }, 1, entries, stream);
}

export async function publish(
  { link }: Pick<Rig, 'link'>,
  from: number,
  to: number,
  stream = EVENTS,
): Promise<void> {
  for (let first = from; first <= to; first += 1_000) {
    const last = Math.min(to, first + 999);
    await link.pipeline(
      Array.from({ length: last - first + 1 }, (_, i) => {
        return ['XADD', stream, `${first + i}-0`, 'data', `{"n":${first + i}}`];
      }),
    );
  }
}

/** Reads as the buses do: only what was never delivered. Answers the ids. */
export async function read(
  { link }: Pick<Rig, 'link'>,
  group: string,
  count: number,
  { consumer = 'c', stream = EVENTS }: { consumer?: string; stream?: string } = {},
): Promise<readonly string[]> {
  const from = ['GROUP', group, consumer, 'COUNT', String(count), 'STREAMS', stream, '>'];
  const [entries] = listOf(await link.command('XREADGROUP', ...from)).map((row) =>
    listOf(listOf(row)[1]),
  );
  return (entries ?? []).map((entry) => textOf(listOf(entry)[0]));
}

/** Acknowledges by the numbers of the entries. */
export async function ack(
  { link }: Pick<Rig, 'link'>,
  group: string,
  numbers: readonly number[],
  stream = EVENTS,
): Promise<void> {
  await link.command('XACK', stream, group, ...ids(...numbers));
}

export const ids = (...numbers: readonly number[]): string[] => numbers.map((n) => `${n}-0`);

/** The numbers from one to another, both included. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

export async function standing(rig: Rig, group: string, stream = EVENTS): Promise<Standing> {
  const found = await standingOf(rig.link, stream, group);
  if (found === null) throw new Error(`${group} is missing on ${stream}`);
  return found;
}

export interface TurnOptions {
  readonly streams?: readonly StreamKey[];
  readonly carrier?: string;
  readonly token?: number;
  /** From R to G, as a rollback; or G to itself, as a settle. */
  readonly way?: 'forth' | 'back' | 'settle';
  readonly onPlan?: (turns: readonly PlannedTurn[]) => Promise<void>;
}

export async function turn(rig: Rig, options: TurnOptions = {}): Promise<HandOverResult> {
  const { streams = [EVENTS], carrier = PARKED, token = TOKEN, way = 'forth' } = options;
  return handOver(
    { ...rig, token, carrier },
    streams.map((stream) => handoffOf(stream, way)),
    options.onPlan ?? (async () => undefined),
  );
}

export function handoffOf(stream: StreamKey, way: TurnOptions['way'] = 'forth') {
  const giving = way === 'back' ? R : G;
  const receiving = way === 'forth' ? R : G;
  return { stream, type: stream.slice('orion:'.length, -1), giving, receiving };
}

/** A port of this host that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}
