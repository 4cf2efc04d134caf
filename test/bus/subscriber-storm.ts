import { expect } from 'vitest';
import type { Bus, EntryId } from '../../src/bus/index.js';
import { systemClock } from '../../src/problems/index.js';
import { listOf } from '../../src/redis/index.js';
import { startProxy } from '../support/cutting-proxy.js';
import { startRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { DEAD, eventOf, GROUP, openBus, pendingIn, quick, STREAM } from './subscriber-fixture.js';

/*
 * Everything at once, at moments left to chance: connections cut and killed, the server stopped, killed and
 * restarted, the group destroyed, a consumer closed without a moment's notice and begun again. Whatever is
 * in the stream at the end must have been handled; and whatever was handled twice must have been in
 * somebody's hand when a fault struck.
 */

/** How long a storm is. */
export interface Storm {
  readonly messages: number;
  readonly faults: number;
}

/** A handler that was begun, and by whom. */
interface Begun {
  readonly id: EntryId;
  readonly consumer: number;
}

/** From where to where in the order of what was begun. */
interface Struck {
  readonly from: number;
  readonly to: number;
}

const options = { ...quick, concurrency: 3, credit: 6, retryMs: 5 };

/** Numbers from 0 up to 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets a storm that the seed decides pass over two consumers of one group. */
export async function weather(seed: number, { messages, faults: most }: Storm): Promise<void> {
  const random = randomOf(seed);
  // A server that is killed then forgets nothing it has confirmed.
  const redis = await startRedis(['--appendfsync', 'always']);
  const proxies = [await startProxy(redis), await startProxy(redis)];
  const handled = new Map<EntryId, number>();
  /** In the order in which handlers were begun. */
  const begun: Begun[] = [];
  const struck: Struck[] = [];
  const buses: Bus[] = [];

  async function begin(at: number): Promise<void> {
    const bus = await openBus(redis, proxies[at]?.url);
    buses[at] = bus;
    await bus.subscribe('event', { ...options, consumer: `c${at}` }, async (_event, { id }) => {
      begun.push({ id, consumer: at });
      await systemClock.sleep(random() * 8);
      handled.set(id, (handled.get(id) ?? 0) + 1);
    });
  }

  const faults: (() => Promise<void>)[] = [
    async () => proxies[0]?.cut(),
    async () => proxies[1]?.cut(),
    async () => {
      for (const proxy of proxies) proxy.cut();
    },
    async () => {
      await redis.link.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
    async () => {
      redis.pause();
      await systemClock.sleep(300 + random() * 1_500);
      redis.resume();
    },
    async () => {
      await redis.kill();
      await redis.restart();
    },
    async () => {
      await redis.link.command('XGROUP', 'DESTROY', STREAM, GROUP);
    },
    async () => {
      const at = random() < 0.5 ? 0 : 1;
      const close = async (): Promise<unknown> => buses[at]?.close({ drainMs: 0 });
      await close();
      // On a starved machine a connection may not come about in time; a supervisor tries again as well.
      await until(() =>
        begin(at).then(
          () => true,
          () => close().then(() => false),
        ),
      );
    },
  ];

  try {
    const publisher = await openBus(redis);
    await begin(0);
    await begin(1);
    const publishing = (async () => {
      for (let n = 1; n <= messages; ) {
        const taken = await publisher.publish('event', eventOf({ n })).then(
          () => true,
          () => false,
        );
        if (taken) n += 1;
        await systemClock.sleep(random() * 6);
      }
    })();
    for (let round = 0; round < most; round += 1) {
      await systemClock.sleep(100 + random() * 200);
      const from = begun.length;
      await faults[Math.floor(random() * faults.length)]?.();
      struck.push({ from, to: begun.length });
    }
    await publishing;
    const ids = async (): Promise<string[]> =>
      listOf(await redis.link.command('XRANGE', STREAM, '-', '+')).map((entry) =>
        String(listOf(entry)[0]),
      );
    await until(async () => (await ids()).every((id) => handled.has(id as EntryId)));
    await until(async () => (await pendingIn(redis.link)) === 0);
    expect(await redis.link.command('EXISTS', DEAD)).toBe(0);
    expect(handled.size).toBeGreaterThanOrEqual(messages);
    const twice = [...handled].filter(([, times]) => times > 1).map(([id]) => id);
    const inFlight = inFlightOf(begun, struck);
    expect(twice.filter((id) => !inFlight.has(id))).toEqual([]);
    expect(twice.length).toBeLessThan(most * options.credit);
    await publisher.close();
  } finally {
    await Promise.all(buses.map((each) => each.close({ drainMs: 0 })));
    await Promise.all(proxies.map((each) => each.close()));
    await redis.stop();
  }
}

/**
 * What may be handled twice: what was begun during a fault, what was last begun before it and may not have
 * been acknowledged, and what each consumer began next, for that it may have been given before.
 */
function inFlightOf(begun: readonly Begun[], struck: readonly Struck[]): ReadonlySet<EntryId> {
  // As many new as found entries are in hand at most.
  const inHand = 2 * options.credit;
  const ids = struck.flatMap(({ from, to }) => [
    ...begun.slice(Math.max(0, from - 2 * inHand), to),
    ...[0, 1].flatMap((at) =>
      begun
        .slice(to)
        .filter(({ consumer }) => consumer === at)
        .slice(0, inHand),
    ),
  ]);
  return new Set(ids.map(({ id }) => id));
}
