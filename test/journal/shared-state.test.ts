import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  adopt,
  announceRollback,
  assertKnownJournal,
  beginAnnounced,
  clearHalt,
  Journal,
  knowsHalt,
  Lease,
  raiseHalt,
  readShared,
  writeShared,
} from '../../src/journal/index.js';
import { systemClock as clock } from '../../src/problems/index.js';
import { ownKeys } from '../../src/redis/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { entry, failure, newStateDir } from './fixture.js';

const PREFIX = 'orion';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => redis.link.command('FLUSHALL'));

async function newJournal(): Promise<Journal> {
  const journal = await Journal.open(await newStateDir(), { clock });
  onTestFinished(() => journal.close());
  return journal;
}

async function acquire(): Promise<Lease> {
  const lease = await Lease.acquire({
    ...{ link: redis.link, prefix: PREFIX, run: 'r', verb: 'migrate', clock, takeOver: 'now' },
  });
  onTestFinished(() => lease.release());
  return lease;
}

describe('what every host knows', () => {
  it('is nothing on a new Redis, and any journal will do', async () => {
    const shared = await readShared(redis.link, PREFIX);
    expect(shared).toEqual({ journal: null, run: null, halt: null, announced: null });
    assertKnownJournal(shared, await newJournal());
  });

  it('is the journal, its end and the open run', async () => {
    const journal = await newJournal();
    const { token } = await acquire();
    const write = { token, host: 'day', journal };
    await writeShared(redis.link, PREFIX, write);
    expect((await readShared(redis.link, PREFIX)).journal).toBeNull();

    await journal.append(entry(1));
    const run = { id: 'r1', verb: 'migrate', module: 'memory' };
    await writeShared(redis.link, PREFIX, { ...write, run });
    const { hash } = await journal.append(entry(2));
    await writeShared(redis.link, PREFIX, write);
    const known = { id: journal.id, host: 'day', stateDir: journal.stateDir, seq: 2, hash };
    expect(await readShared(redis.link, PREFIX)).toEqual({
      journal: known,
      run,
      halt: null,
      announced: null,
    });

    const next = { id: 'r2', verb: 'phase1 start', module: null };
    await writeShared(redis.link, PREFIX, { ...write, run: next });
    expect((await readShared(redis.link, PREFIX)).run).toEqual(next);
    await writeShared(redis.link, PREFIX, { ...write, run: null });
    expect((await readShared(redis.link, PREFIX)).run).toBeNull();
  });

  it('is not written by one who was outrun', async () => {
    const journal = await newJournal();
    await journal.append(entry(1));
    const { token } = await acquire();
    await acquire();
    const late = writeShared(redis.link, PREFIX, { token, host: 'day', journal });
    expect(await failure(late)).toMatchObject({ code: 'lease.lost' });
    expect((await readShared(redis.link, PREFIX)).journal).toBeNull();
  });
});

describe('the journal of a migration', () => {
  async function known(records: number): Promise<{ journal: Journal; token: number }> {
    const journal = await newJournal();
    const { token } = await acquire();
    for (let n = 1; n <= records; n += 1) await journal.append(entry(n));
    await writeShared(redis.link, PREFIX, { token, host: 'day', journal });
    return { journal, token };
  }

  it('may be ahead of what Redis knows: its writer can die in between', async () => {
    const { journal } = await known(2);
    await journal.append(entry(3));
    assertKnownJournal(await readShared(redis.link, PREFIX), journal);
  });

  it('is named where this host has another, or none', async () => {
    const { journal } = await known(1);
    const shared = await readShared(redis.link, PREFIX);
    const other = await newJournal();
    for (const n of [1, 2]) {
      const error = await failure((async () => assertKnownJournal(shared, other))());
      expect(error).toMatchObject({ code: 'journal.foreign', kind: 'prerequisite', exitCode: 1 });
      expect(error.message).toContain(`${journal.stateDir} on day`);
      expect(error.next).toContain('orion-bus journal adopt');
      await other.append(entry(n));
    }
  });

  it('is damaged where records are missing that Redis knows of', async () => {
    const { journal } = await known(3);
    const shared = await readShared(redis.link, PREFIX);
    const { path, id, records } = journal;
    const shorter = { path, id, records: records.slice(0, 2) };
    const error = await failure((async () => assertKnownJournal(shared, shorter))());
    expect(error).toMatchObject({ code: 'journal.damaged', exitCode: 1 });
    expect(error.message).toContain('it ends at record 2, and Redis knows of 3');
    const forked = { path, id, records: [...records.slice(0, 2), ...records.slice(0, 1)] };
    const fork = await failure((async () => assertKnownJournal(shared, forked))());
    expect(fork).toMatchObject({ code: 'journal.damaged' });
  });

  it('is another one after it was adopted, with the record of it', async () => {
    const { journal, token } = await known(2);
    const run = { id: 'r1', verb: 'migrate', module: 'memory' };
    await writeShared(redis.link, PREFIX, { token, host: 'day', journal, run });
    const before = await readShared(redis.link, PREFIX);
    const mine = await newJournal();
    const started = { type: 'run.started', run: 'r0', data: { verb: 'phase1 start' } } as const;
    await mine.append(entry(1, started));
    const record = await adopt(redis.link, PREFIX, {
      ...{
        token,
        host: 'night',
        journal: mine,
        run: 'r2',
        reason: 'read it',
        modules: {},
        redisAt: null,
      },
    });
    expect(record).toMatchObject({ type: 'adopted', run: 'r2', seq: 2, redisAt: null });
    expect(record.data).toEqual({ reason: 'read it', modules: {}, journal: before.journal, run });
    const after = await readShared(redis.link, PREFIX);
    expect(after.journal).toMatchObject({ id: mine.id, host: 'night', seq: 2, hash: record.hash });
    expect(after.run).toEqual({ id: 'r0', verb: 'phase1 start', module: null });
    assertKnownJournal(after, mine);
  });
});

describe('a halt', () => {
  const halt = { reason: 'lag over 1000', by: 'watch', at: '2025-11-23T03:00:00.000Z' };

  it('is raised without a lease, with the memory full, and dated by Redis', async () => {
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    onTestFinished(async () => void (await redis.link.command('CONFIG', 'SET', 'maxmemory', '0')));
    const before = Number(((await redis.link.command('TIME')) as string[])[0]) * 1_000;
    const { halt: raised } = await raiseHalt(redis.link, PREFIX, halt);
    expect(raised).toMatchObject(halt);
    expect(Date.parse(raised.redisAt ?? '')).toBeGreaterThanOrEqual(before);
    expect((await readShared(redis.link, PREFIX)).halt).toEqual(raised);
  });

  it('keeps its first reason until it is cleared', async () => {
    const first = await raiseHalt(redis.link, PREFIX, halt);
    expect(first.raised).toBe(true);
    const second = await raiseHalt(redis.link, PREFIX, { ...halt, reason: 'another' });
    expect(second).toEqual({ halt: first.halt, raised: false });
    expect(await clearHalt(redis.link, PREFIX)).toEqual(first.halt);
    expect(await clearHalt(redis.link, PREFIX)).toBeNull();
    expect((await raiseHalt(redis.link, PREFIX, { ...halt, reason: 'third' })).raised).toBe(true);
  });

  it('set by hand is one, and leaves the rest alone', async () => {
    await redis.link.command('HSET', ownKeys.state(PREFIX), 'halt.reason', 'stop!');
    const { halt: inForce } = await readShared(redis.link, PREFIX);
    expect(inForce).toEqual({
      reason: 'stop!',
      by: 'unknown',
      at: null,
      redisAt: null,
    });
    const { token } = await acquire();
    const journal = await newJournal();
    await journal.append(entry(1));
    await writeShared(redis.link, PREFIX, { token, host: 'day', journal, run: null });
    expect((await readShared(redis.link, PREFIX)).halt).toEqual(inForce);
    await clearHalt(redis.link, PREFIX);
    expect((await readShared(redis.link, PREFIX)).journal?.id).toBe(journal.id);
  });

  it('is known to the journal once it was recorded', async () => {
    const { halt: raised } = await raiseHalt(redis.link, PREFIX, halt);
    const journal = await newJournal();
    expect(knowsHalt(journal.records, raised)).toBe(false);
    await journal.append(entry(1, { type: 'halt.raised', data: { ...raised } }));
    expect(knowsHalt(journal.records, raised)).toBe(true);
  });
});

describe('an announced rollback', () => {
  const announce = (command: string, graceMs: number) =>
    announceRollback(redis.link, PREFIX, { command, graceMs });
  const raise = () => raiseHalt(redis.link, PREFIX, { reason: 'r', by: 'b', at: 'a' });

  it('stands under a halt alone, keeps its time, and goes with the halt', async () => {
    expect(await announce('one', 1_000)).toBeNull();
    await raise();
    const first = await announce('one', 60_000);
    expect(first).toMatchObject({ command: 'one', begunAt: null });
    expect(await announce('two', 0)).toEqual({ ...first, command: 'two' });
    expect(await beginAnnounced(redis.link, PREFIX)).toBe(false);
    await clearHalt(redis.link, PREFIX);
    expect((await readShared(redis.link, PREFIX)).announced).toBeNull();
  });

  it('is begun once, and then stays as it is', async () => {
    await raise();
    await announce('one', 0);
    const begun = [beginAnnounced(redis.link, PREFIX), beginAnnounced(redis.link, PREFIX)];
    expect((await Promise.all(begun)).sort()).toEqual([false, true]);
    const { announced } = await readShared(redis.link, PREFIX);
    expect(await announce('two', 0)).toEqual(announced);
  });
});
