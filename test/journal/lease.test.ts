import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { guardStreams, Lease, type LeaseRequest, ownIdentity } from '../../src/journal/index.js';
import { systemClock as clock } from '../../src/problems/index.js';
import { ownKeys, streamKey } from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { failure, startOperator } from './fixture.js';

const PREFIX = 'orion';
const KEY = ownKeys.lease(PREFIX);
const STREAM = streamKey('orion:events');

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => redis.link.command('FLUSHALL'));

/** Takes the lease for the running test. */
async function acquire(more: Partial<LeaseRequest> = {}): Promise<Lease> {
  const lease = await Lease.acquire({
    ...{ link: redis.link, prefix: PREFIX, run: 'ours', verb: 'rollback', clock, takeOver: 'none' },
    ...more,
  });
  onTestFinished(() => lease.release());
  return lease;
}

/** Puts a lease under the key as a process elsewhere would have. */
async function held(more: object, remainingMs: number): Promise<void> {
  const since = '2025-11-23T03:00:00.000Z';
  const holder = { ...ownIdentity(), run: 'theirs', verb: 'migrate', since, ...more, token: 7 };
  await redis.link.command('SET', KEY, JSON.stringify(holder), 'PX', remainingMs);
}

/** Waits until the holder has renewed its lease of 10 s. */
async function renewal(): Promise<void> {
  await redis.link.command('PEXPIRE', KEY, 5_000);
  while (Number((await Lease.read(redis.link, PREFIX))?.remainingMs) <= 5_000) await pause(10);
}

const ELSEWHERE = { host: 'night', bootId: 'of another kernel', pid: 4711 };

describe('a free lease', () => {
  it('is taken, says who holds it, and is free again after', async () => {
    expect(await Lease.read(redis.link, PREFIX)).toBeNull();
    const lease = await acquire({ run: 'r1', verb: 'migrate' });
    const state = await Lease.read(redis.link, PREFIX);
    expect(state?.holder).toEqual(lease.holder);
    expect(state?.holder).toMatchObject({ ...ownIdentity(), run: 'r1', verb: 'migrate' });
    expect(state?.remainingMs).toBeGreaterThan(5_000);
    expect(state?.remainingMs).toBeLessThanOrEqual(15_000);
    expect(lease.ousted).toBeNull();
    await lease.release();
    expect(await Lease.read(redis.link, PREFIX)).toBeNull();
    expect(lease.signal.aborted).toBe(false);
  });

  it('gives a higher token every time, also when the counter was lost', async () => {
    let last = 0;
    for (let round = 0; round < 3; round += 1) {
      const lease = await acquire();
      expect(lease.token).toBeGreaterThan(last);
      last = lease.token;
      await lease.release();
    }
    await guardStreams(redis.link, last, [STREAM]);
    // The tokens ran ahead of the seconds, as only a test does.
    while (Date.now() / 1_000 < last + 1) await pause(50);
    await redis.link.command('DEL', ownKeys.leaseToken(PREFIX));
    const lease = await acquire();
    await guardStreams(redis.link, lease.token, [STREAM]);
    expect(lease.token).toBeGreaterThan(last);
  });

  it('is taken, renewed and used with the memory full', async () => {
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    onTestFinished(async () => void (await redis.link.command('CONFIG', 'SET', 'maxmemory', '0')));
    await expect(redis.link.command('SET', 'x', 'y')).rejects.toThrow('OOM');
    const lease = await acquire({ ttlMs: 10_000, renewMs: 50 });
    await guardStreams(redis.link, lease.token, [STREAM]);
    await renewal();
    expect(lease.signal.aborted).toBe(false);
  });

  it('that the server refuses is no defect of ours', async () => {
    await redis.link.command('LPUSH', KEY, 'somebody put a list here');
    const error = await failure(acquire());
    expect(error).toMatchObject({ code: 'lease.refused', kind: 'prerequisite', exitCode: 1 });
    expect(error.message).toContain('WRONGTYPE');
  });
});

describe('a lease held on this host', () => {
  it('is not waited for while its process lives', async () => {
    await acquire({ verb: 'migrate' });
    const error = await failure(acquire());
    expect(error).toMatchObject({ code: 'lease.held', kind: 'lease', exitCode: 1 });
    const { host, pid } = ownIdentity();
    expect(error.message).toContain(`\`migrate\` on ${host} (pid ${pid}) since 20`);
  });

  it('is taken over at once when its process was killed', async () => {
    const operator = await startOperator(redis.url, 'hold', { prefix: PREFIX, stream: STREAM });
    const { token } = (await operator.next()) ?? {};
    expect(await failure(acquire())).toMatchObject({ code: 'lease.held' });
    operator.signal('SIGKILL');
    await operator.ended;
    const lease = await acquire({ onWait: () => expect.unreachable() });
    expect(lease.ousted).toMatchObject({ pid: operator.pid, run: 'theirs' });
    expect(lease.token).toBeGreaterThan(Number(token));
  });

  it('of a dead process is taken over by one only of several who find it', async () => {
    for (let round = 0; round < 5; round += 1) {
      await held({ processStart: 1 }, 15_000);
      const wanting = await Promise.allSettled([1, 2, 3, 4, 5].map(() => acquire()));
      const taken = wanting.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(taken).toHaveLength(1);
      await taken[0]?.release();
    }
  });

  it('is taken over when another process has got its pid since', async () => {
    await held({ processStart: 1 }, 15_000);
    expect((await acquire()).ousted).toMatchObject({ run: 'theirs' });
  });

  it('in another container is one of another host', async () => {
    await held({ pidNamespace: 'pid:[1]', pid: 999_999_999 }, 800);
    const waits: number[] = [];
    await acquire({ onWait: (_, remainingMs) => waits.push(remainingMs) });
    expect(waits).toHaveLength(1);
  });
});

describe('a lease held on another host', () => {
  it('is waited for until it runs out, and shown', async () => {
    await held(ELSEWHERE, 800);
    const waits: string[] = [];
    const lease = await acquire({ onWait: ({ host, pid }) => waits.push(`${host} ${pid}`) });
    expect(waits).toEqual(['night 4711']);
    expect(lease.ousted).toBeNull();
  });

  it('is given up when it is renewed meanwhile', async () => {
    await held(ELSEWHERE, 1_000);
    const renewed: unknown[] = [];
    const onWait = (): void => void renewed.push(redis.link.command('PEXPIRE', KEY, 60_000));
    const error = await failure(acquire({ onWait }));
    await Promise.all(renewed);
    expect(error).toMatchObject({ code: 'lease.held', exitCode: 1 });
    expect(error.message).toBe(
      'The lease is held by `migrate` on night (pid 4711) since 2025-11-23T03:00:00.000Z.',
    );
  });

  it('is given up when a third one has taken it meanwhile', async () => {
    await held(ELSEWHERE, 10_000);
    // What remains is less when looked at again, as if nobody had renewed it.
    const third = { ...ELSEWHERE, host: 'third', verb: 'claim' };
    let met = false;
    const onWait = (): void => {
      if (!met) void held(third, 5_000);
      met = true;
    };
    const error = await failure(acquire({ onWait }));
    expect(error.message).toContain('`claim` on third');
  });

  it('is not waited for when it never runs out', async () => {
    await redis.link.command('SET', KEY, 'set by hand');
    const error = await failure(acquire());
    expect(error).toMatchObject({ code: 'lease.held' });
    expect(error.hint).toContain('does not expire');
    expect((await acquire({ takeOver: 'now' })).token).toBeGreaterThan(0);
  });

  it('can be interrupted while waiting', async () => {
    await held(ELSEWHERE, 60_000);
    const interrupt = new AbortController();
    const waiting = acquire({ signal: interrupt.signal, onWait: () => interrupt.abort() });
    expect(await failure(waiting)).toMatchObject({ code: 'lease.interrupted', exitCode: 130 });
  });

  it.each([
    ['now', 'now' as const],
    ['with a reason', { reason: 'the laptop is in a train' }],
  ])('is taken over %s', async (_, takeOver) => {
    await held(ELSEWHERE, 60_000);
    const lease = await acquire({ takeOver, onWait: () => expect.unreachable() });
    expect(lease.ousted).toMatchObject({ ...ELSEWHERE, token: 7 });
    const state = await Lease.read(redis.link, PREFIX);
    expect(state?.holder).toEqual(lease.holder);
    expect(state?.holder.reason).toBe(takeOver === 'now' ? undefined : takeOver.reason);
  });
});

describe('a holder', () => {
  const aborted = (lease: Lease): Promise<unknown> =>
    new Promise((resolve) => {
      lease.signal.addEventListener('abort', () => resolve(lease.signal.reason), { once: true });
    });

  it('keeps the lease by renewing it', async () => {
    const lease = await acquire({ ttlMs: 2_000, renewMs: 100 });
    await pause(2_500);
    expect(lease.signal.aborted).toBe(false);
    expect((await Lease.read(redis.link, PREFIX))?.holder).toEqual(lease.holder);
  });

  it('puts back a lease that was deleted while nobody took it', async () => {
    const lease = await acquire({ ttlMs: 2_000, renewMs: 50 });
    await redis.link.command('DEL', KEY);
    while ((await Lease.read(redis.link, PREFIX)) === null) await pause(10);
    expect(lease.signal.aborted).toBe(false);
  });

  it('learns that somebody else holds it, and from whom, and leaves theirs alone', async () => {
    const lease = await acquire({ ttlMs: 5_000, renewMs: 50 });
    const lost = aborted(lease);
    const next = await acquire({ verb: 'claim', takeOver: { reason: 'it hangs' } });
    expect(await lost).toMatchObject({ code: 'lease.lost', kind: 'lease' });
    expect(String(lease.signal.reason)).toMatch(/`claim` on .*, with the reason: it hangs/);
    await lease.release();
    expect((await Lease.read(redis.link, PREFIX))?.holder).toEqual(next.holder);
  });

  it('learns that it was held by somebody else in between', async () => {
    const lease = await acquire({ ttlMs: 5_000, renewMs: 50 });
    const lost = aborted(lease);
    await redis.link.transaction([
      ['del', KEY],
      ['incr', ownKeys.leaseToken(PREFIX)],
    ]);
    expect(await lost).toMatchObject({ code: 'lease.lost' });
    expect(await Lease.read(redis.link, PREFIX)).toBeNull();
  });

  it('is kept through a Redis that does not answer, and put back when it does', async () => {
    const lease = await acquire({ ttlMs: 500, renewMs: 100 });
    redis.pause();
    onTestFinished(() => redis.resume());
    await pause(1_500);
    expect(lease.signal.aborted).toBe(false);
    redis.resume();
    await until(
      async () => (await Lease.read(redis.link, PREFIX))?.holder.run === lease.holder.run,
    );
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
  });

  it('that slept through its lease finds out, and its scripts are refused', async () => {
    await redis.link.command('XADD', STREAM, '*', 'data', '{}');
    const timing = { ttlMs: 1_500, renewMs: 200 };
    const options = { prefix: PREFIX, stream: STREAM, ...timing };
    const operator = await startOperator(redis.url, 'hold', options);
    expect(await operator.next()).toMatchObject({ change: 'CREATED' });
    operator.signal('SIGSTOP');
    while ((await Lease.read(redis.link, PREFIX)) !== null) await pause(20);
    const lease = await acquire();
    await guardStreams(redis.link, lease.token, [STREAM]);
    operator.signal('SIGCONT');
    const woken = await operator.next();
    expect(woken?.['lost']).toBe('lease.lost');
    expect(woken?.['change']).toMatch(/^FENCED/);
    await operator.ended;
    expect((await Lease.read(redis.link, PREFIX))?.holder).toEqual(lease.holder);
    expect(await redis.link.command('XINFO', 'GROUPS', STREAM)).toHaveLength(1);
  });
});

describe('several who want it', () => {
  it('never hold it together, and death frees it', async () => {
    const log = 'log';
    const options = { prefix: PREFIX, log, rounds: 12 };
    const contenders = await Promise.all(
      [false, true, false, true].map((dies) =>
        startOperator(redis.url, 'contend', { ...options, dies }),
      ),
    );
    await Promise.all(contenders.map(({ ended }) => ended));
    const events = (await redis.link.command('LRANGE', log, 0, -1)) as string[];
    expect(events).toHaveLength(4 * 12 * 2);
    let last = 0;
    for (let at = 0; at < events.length; at += 2) {
      const token = Number(events[at]?.slice(1));
      expect([events[at], events[at + 1]]).toEqual([`+${token}`, `-${token}`]);
      expect(token).toBeGreaterThan(last);
      last = token;
    }
  });
});

describe('the token beside a stream', () => {
  const other = streamKey('orion:decisions');

  it('is raised, never lowered, and does not expire', async () => {
    const copy = ownKeys.tokenOf(STREAM);
    await guardStreams(redis.link, 9, [STREAM, other]);
    await guardStreams(redis.link, 10, [STREAM]);
    await guardStreams(redis.link, 10, [STREAM]);
    const error = await failure(guardStreams(redis.link, 9, [other, STREAM]));
    expect(error).toMatchObject({ code: 'lease.lost', kind: 'lease', exitCode: 1 });
    expect(error.message).toContain(copy);
    expect(await redis.link.command('GET', copy)).toBe('10');
    expect(await redis.link.command('GET', ownKeys.tokenOf(other))).toBe('9');
    expect(await redis.link.command('PTTL', copy)).toBe(-1);
  });
});
