import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readingClients } from '../../src/facts/index.js';
import { type FenceLook, type FenceOptions, lookAtFence } from '../../src/handoff/index.js';
import { systemClock } from '../../src/problems/index.js';
import { RedisLink } from '../../src/redis/index.js';
import { until } from '../support/until.js';
import {
  EVENTS,
  fill,
  freePort,
  G,
  handoffOf,
  ids,
  openRig,
  R,
  type Rig,
  read,
  standing,
} from './rig.js';

/*
 * A second reader on one of the groups, as somebody forgot it: each is a connection of its own that
 * blocks in XREADGROUP as the buses do.
 */

let rig: Rig;
let port: number;

beforeAll(async () => {
  port = await freePort();
  rig = await openRig(['--port', String(port), '--bind', '127.0.0.1']);
});

afterAll(() => rig.close());

beforeEach(async () => {
  await fill(rig, 3);
  for (const group of [G, R]) await read(rig, group, 3, { consumer: 'earlier' });
});

describe.each([
  ['on TCP', () => `redis://127.0.0.1:${port}`, /^127\.0\.0\.1:\d+$/],
  ['on a unix socket', () => rig.server.url, /^unix:.*redis\.sock$|^\/.*redis\.sock:0$/],
])('a reader %s', (_name, url, address) => {
  it.each([
    ['the giving group', G],
    ['the receiving group', R],
  ])('of %s is named, with consumer and address', async (_which, group) => {
    await startReader(url(), { group, consumer: 'forgotten-7', name: 'old-test-run' });
    const { verdict, how, intruders } = await look();
    expect([verdict, how]).toEqual(['fail', 'probe']);
    expect(intruders).toHaveLength(1);
    expect(intruders[0]).toMatchObject({ stream: EVENTS, group, consumer: 'forgotten-7' });
    expect(intruders[0]?.address).toMatch(address);
  });

  it('of other groups, other streams and other databases is none', async () => {
    await startReader(url(), { group: 'orion-brain-group' });
    await startReader(url(), { stream: 'orion:others' });
    await startReader(withDatabase(url(), 3), {});
    expect(await look()).toMatchObject({ verdict: 'pass', how: 'probe', intruders: [] });
  });

  it('notices nothing of being asked but an ordinary time-out', async () => {
    const reader = await startReader(url(), { group: 'orion-brain-group' });
    await look();
    expect(reader.replies.slice(0, 1)).toEqual([null]);
    await rig.link.command('XADD', EVENTS, '9-0', 'data', 'x');
    await until(() => reader.replies.some((reply) => reply !== null));
    expect(reader.error()).toBeNull();
  });
});

it('names the client over TCP, where connections can be told apart', async () => {
  await startReader(`redis://127.0.0.1:${port}`, { group: G, name: 'old-test-run' });
  expect((await look()).intruders[0]?.clientName).toBe('old-test-run');
});

it.each(['grüße', 'with space', 'quo"te\\', 'orion-memory-group-go '])(
  'is not misled by the escapes of MONITOR: %j',
  async (consumer) => {
    await startReader(rig.server.url, { group: G, consumer });
    expect((await look()).intruders.map((intruder) => intruder.consumer)).toEqual([consumer]);
  },
);

it('sees one that reads again and again without blocking', async () => {
  await startReader(rig.server.url, { group: G, consumer: 'poller', blockMs: null });
  expect(await look()).toMatchObject({ verdict: 'fail', intruders: [{ consumer: 'poller' }] });
});

it('waits for the connections of the stopped service, and names one that stays', async () => {
  const reader = await startReader(rig.server.url, {
    group: 'orion-brain-group',
    name: 'slow-end',
  });
  const clientsBefore = (await readingClients(rig.link)).map(({ id }) => id);
  setTimeout(() => reader.close(), 100);
  expect(await look({ clientsBefore })).toMatchObject({ verdict: 'pass', intruders: [] });
  const stays = await startReader(rig.server.url, { group: 'orion-brain-group', name: 'stays' });
  const still = (await readingClients(rig.link)).map(({ id }) => id);
  const found = await look({ clientsBefore: still, clock: hurried() });
  expect(found).toMatchObject({ verdict: 'fail', intruders: [{ clientName: 'stays' }] });
  stays.close();
});

describe('where nobody may be asked', () => {
  it('because MONITOR is refused, an idle reader leaves the verdict open, or its attempts show it', async () => {
    const limited = await limitedLink();
    await startReader(rig.server.url, { group: G, consumer: 'idle-one', blockMs: 50 });
    const found = await look({ link: limited, readBlockMs: 100 });
    expect(found.reason).toBe('the server refuses MONITOR');
    expect(found).toMatchObject(
      rig.capabilities.attempts
        ? { verdict: 'fail', how: 'attempts', intruders: [{ consumer: 'idle-one' }] }
        : { verdict: 'inconclusive', how: 'none', intruders: [] },
    );
  });

  it('from Redis 7.2 attempts to read are watched for one block', async () => {
    // This server's idle time counts entries: a reader that is given some stands for one that asks.
    const attempts = { ...rig.capabilities, attempts: true };
    const limited = await limitedLink();
    await rig.link.command('XADD', EVENTS, '5-0', 'data', 'x');
    const taking = new Promise((resolve) =>
      setTimeout(() => resolve(read(rig, R, 1, { consumer: 'awake' })), 50),
    );
    const found = await look({ link: limited, capabilities: attempts, readBlockMs: 100 });
    await taking;
    expect(found).toMatchObject({
      verdict: 'fail',
      how: 'attempts',
      intruders: [{ stream: EVENTS, group: R, consumer: 'awake' }],
    });
  });

  it('by configuration, that is said', async () => {
    const found = await look({ allowed: false, readBlockMs: 50 });
    expect(found.reason).toBe('handoff.probe is off');
    expect(found.verdict).not.toBe('fail');
    if (!rig.capabilities.attempts) expect(found.verdict).toBe('inconclusive');
  });
});

it('takes no message and moves no cursor', async () => {
  const before = [await standing(rig, G), await standing(rig, R)];
  await startReader(rig.server.url, { group: 'orion-brain-group' });
  await look();
  expect([await standing(rig, G), await standing(rig, R)]).toEqual(before);
  expect(before[0]?.pending.map(({ id }) => id)).toEqual(ids(1, 2, 3));
});

function look(changes: Partial<FenceOptions> = {}): Promise<FenceLook> {
  return lookAtFence({
    ...rig,
    handoffs: [handoffOf(EVENTS)],
    clientsBefore: [],
    readBlockMs: 1_000,
    clock: systemClock,
    allowed: true,
    ...changes,
  });
}

/** Sleeps as asked, but for every look at the clock half a minute has gone by. */
function hurried() {
  let now = 0;
  return { ...systemClock, now: () => (now += 30_000) };
}

async function limitedLink(): Promise<RedisLink> {
  await rig.link.command('ACL', 'SETUSER', 'limited', 'on', 'nopass', '~*', '+@all', '-monitor');
  const address = { ...rig.server.address, username: 'limited', password: () => 'any' };
  const limited = await RedisLink.open(address, 'limited');
  onTestFinished(() => limited.close());
  return limited;
}

interface StartedReader {
  readonly replies: unknown[];
  error(): unknown;
  close(): void;
}

/** Reads in a loop until the test is over. */
async function startReader(
  url: string,
  options: {
    group?: string;
    consumer?: string;
    stream?: string;
    name?: string;
    /** Null reads without BLOCK, some times a second. */
    blockMs?: number | null;
  },
): Promise<StartedReader> {
  const {
    group = G,
    consumer = 'reader',
    stream = EVENTS,
    name = 'reader',
    blockMs = 1_000,
  } = options;
  const link = await RedisLink.open({ url, username: null, password: null }, name);
  await link.command('XGROUP', 'CREATE', stream, group, '$', 'MKSTREAM').catch(() => undefined);
  const replies: unknown[] = [];
  let ended = false;
  let error: unknown = null;
  const block = blockMs === null ? [] : ['BLOCK', blockMs];
  const loop = async (): Promise<void> => {
    while (!ended) {
      const from = ['GROUP', group, consumer, 'COUNT', 10, ...block, 'STREAMS', stream, '>'];
      replies.push(await link.command('XREADGROUP', ...from));
      if (blockMs === null) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  loop().catch((thrown: unknown) => {
    if (!ended) error = thrown;
  });
  const close = (): void => {
    ended = true;
    link.close();
  };
  onTestFinished(close);
  await until(async () => (await readingClients(rig.link)).some((client) => client.name === name));
  return { replies, error: () => error, close };
}

function withDatabase(url: string, database: number): string {
  return url.startsWith('unix:') ? `${url}?db=${database}` : `${url}/${database}`;
}
